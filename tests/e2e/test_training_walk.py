"""The walk of docs/training.md from nothing, each step a process: fetch, train, export, evaluate, score."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.hub_server import serve_hub
from tests.harness.tiny_encoder import WORDS, tiny_tokenizer, write_base

ROOT = Path(__file__).resolve().parents[2]
TONES = {"negative": "outage", "positive": "beat", "neutral": "flat"}
NUMBERS = {"negative": 0, "positive": 1, "neutral": 2}
"""Of the labels in the file of the hub."""

pytestmark = pytest.mark.slow


def lines(first: list[str], labels: dict[str, str]) -> str:
    """A CSV file whose labels hang on one word."""
    rows = [f"{a} {TONES[tone]} {b},{label}\n" for tone, label in labels.items() for a in first for b in WORDS[8:13]]
    return "text,label\n" + "".join(rows)


def test_from_nothing_to_scores(tmp_path: Path) -> None:
    write_base(tmp_path / "tiny", tiny_tokenizer(), spread=0.2, positions=256)
    files = {f"owner/tiny/{file.name}": file.read_bytes() for file in (tmp_path / "tiny").iterdir()}
    files["owner/tiny/README.md"] = b"---\nlanguage: [en, zh]\nlicense: apache-2.0\n---\n# Tiny\n"
    tweets = lines(WORDS[:8], {tone: str(number) for tone, number in NUMBERS.items()})
    files["datasets/zeroshot/twitter-financial-news-sentiment/sent_train.csv"] = tweets.encode()
    (tmp_path / "desk.csv").write_text(lines(WORDS[16:26], {"negative": "负面", "positive": "正面"}), encoding="utf-8")
    (tmp_path / "texts.jsonl").write_text('{"text": "shares outage company"}\n', encoding="utf-8")

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "services.cli", *words]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stderr[-2000:]}"
        return done.stdout

    with serve_hub(files) as hub:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GROUNDSWELL_", "HF_"))},
            **{"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "200", "CUDA_VISIBLE_DEVICES": ""},
            **{
                "HF_ENDPOINT": hub.endpoint,
                "HF_HOME": str(tmp_path / "hub"),
                "GROUNDSWELL_DATA": str(tmp_path / "data"),
            },
            **{"GROUNDSWELL_MODELS": "models", "GROUNDSWELL_MODEL": "mine"},
        }
        assert "120 rows in" in run("data", "fetch", "twitter_fin_sentiment", "--accept-licence")
        trained = run(
            *("train", "runs/mine", "--base", "owner/tiny", "--data", "desk.csv", "--set", "twitter_fin_sentiment"),
            *("--steps", "30"),
        )
        assert "next: groundswell export runs/mine" in trained
    exported = run("export", "runs/mine", "--name", "mine", "--version", "1", "--output", "models")
    assert "mine/1, int8, development splits" in exported
    evaluated = run("evaluate", "models/mine/1", "--config", "runs/mine")
    assert "figures, page and pictures written to evaluation" in evaluated
    manifest = json.loads((tmp_path / "models/mine/1/manifest.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["licence"]) for one in manifest["training_data"]] == [
        ("twitter_fin_sentiment", "MIT according to its card (tweet text under Twitter terms)"),
        ("desk", "own data"),
    ]
    assert manifest["base_model"] == {"name": "tiny", "licence": "apache-2.0"}
    run("score-file", "texts.jsonl", "scored.jsonl")
    (scored,) = [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text(encoding="utf-8").splitlines()]
    assert scored["model_version"] == "mine/1"
    assert sum(scored["sentiment"].values()) == pytest.approx(1, abs=1e-4)
