"""Pseudo-labels: what is kept of what a bundle says, and that the file trains as a set."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from services.files.jsonl import GoodLine
from services.files.records import read_records
from services.inference.bundle import Bundle
from tests.harness.tiny_bundle import tiny_bundle
from training.config import TrainConfig
from training.data.unlabelled import UnlabelledText, load_sources
from training.errors import ConfigError, DataError
from training.learning.checkpoint import read_run
from training.learning.run import run_training
from training.pseudo_labels.commands import pseudo_label as pseudo_label_command
from training.pseudo_labels.label import PseudoLabelling, pseudo_label
from training.pseudo_labels.selection import PseudoLabelled, choose, labelled

STREAMS = {
    "stocknet/tweets_2014-01_2015-09.jsonl.gz": ["bad shares today", "good oil", "plain words of no kind", "bad miss"],
    "sina_guba/stream.jsonl.gz": ["股票 跌 了", "今天 涨", "ガス の 価格 が 上がる と 発表"],
}


def row(text: str, label: str, confidence: float, lang: str = "en") -> PseudoLabelled:
    return PseudoLabelled(UnlabelledText(text, text, "stream", text), lang, label, confidence)


@pytest.fixture
def root(tmp_path: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny labelled sets and two streams."""
    folder = tmp_path / "data"
    shutil.copytree(tiny_data, folder)
    for path, texts in STREAMS.items():
        lines = [json.dumps({"id": f"{path[:4]}-{index}", "text": text}) for index, text in enumerate(texts)]
        (folder / path).parent.mkdir()
        (folder / path).write_bytes(gzip.compress("\n".join(lines).encode()))
    monkeypatch.setenv("GROUNDSWELL_DATA", str(folder))
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return tiny_bundle(tmp_path / "models")


def test_the_surest_of_each_class_stay() -> None:
    rows = [
        row("oil rises", "positive", 0.91),
        row("gold is up again today", "positive", 0.99),
        row("banks gain", "positive", 0.95),
        row("losses at the mine", "negative", 0.92),
        row("nothing new", "neutral", 0.89),
        row("亏损扩大", "negative", 0.93, "zh"),
    ]
    found = choose(rows, [], floor=0.9, most_per_class=2)
    assert [one.text.text for one in found.rows] == [
        "亏损扩大",
        "losses at the mine",
        "gold is up again today",
        "banks gain",
    ]
    assert (found.unsure, found.repeated, found.held_out, found.over_cap) == (1, 0, 0, 1)
    assert found.counts() == {("negative", "zh"): 1, ("negative", "en"): 1, ("positive", "en"): 2}
    assert len(choose(rows, [], floor=0.9, most_per_class=None).rows) == 5
    assert len(choose(rows, [], floor=0.89, most_per_class=1).rows) == 3


def test_of_near_duplicates_the_surest_stays_and_none_that_is_held_out() -> None:
    story = "the central bank of the island raised its rate by half a point on monday and saw no end of it"
    rows = [
        row(story, "negative", 0.91),
        row(story + " yet", "negative", 0.97),
        row("quarterly profit fell short of what had been expected by most of the analysts", "negative", 0.96),
    ]
    assert [one.confidence for one in choose(rows, [], floor=0.9, most_per_class=None).rows] == [0.97, 0.96]
    held_out = ["Quarterly profit fell short of what had been expected by most of the analysts!", "so, " + story]
    found = choose(rows, held_out, floor=0.9, most_per_class=None)
    assert (found.rows, found.repeated, found.held_out) == ((), 1, 2)


def test_the_leading_sentiment_is_the_label() -> None:
    text = UnlabelledText("1", "oil", "stream", "oil")
    assert labelled(text, "en", (0.2, 0.5, 0.3)) == PseudoLabelled(text, "en", "neutral", 0.5)


def test_a_bundle_labels_the_streams(root: Path, bundle: Bundle) -> None:
    wanted = PseudoLabelling({"stocknet": 10, "sina_guba": 10}, "any", 0.9, None)
    scored, found = pseudo_label(bundle, wanted, load_sources(), ["BAD miss."], threads=1)
    assert scored == 6  # the Japanese text is left out
    assert [(one.text.text, one.label, one.lang) for one in found.rows] == [
        ("bad shares today", "negative", "en"),
        ("股票 跌 了", "negative", "zh"),
        ("good oil", "positive", "en"),
        ("今天 涨", "positive", "zh"),
    ]
    assert {round(one.confidence, 4) for one in found.rows} == {0.9756}  # logits 5, 1, 0
    assert (found.unsure, found.held_out) == (1, 1)
    free = replace(wanted, licence="permissive")
    _, permitted = pseudo_label(bundle, free, load_sources(), [], threads=1)
    assert {one.text.source for one in permitted.rows} == {"stocknet"}
    with pytest.raises(ConfigError, match=r"floor: expected a probability above 0, got 1\.2"):
        replace(wanted, floor=1.2)


def test_the_file_trains_as_a_set_of_ones_own(
    root: Path, bundle: Bundle, tmp_path: Path, tiny_config: TrainConfig
) -> None:
    app = typer.Typer()
    app.command("pseudo-label")(pseudo_label_command)
    config, out, test = tmp_path / "config.yaml", tmp_path / "pseudo.jsonl", tmp_path / "test.jsonl"
    config.write_text(yaml.safe_dump(json.loads(json.dumps(tiny_config.model_dump()))))
    test.write_text('{"text": "good oil"}\n')
    options = ["--out", str(out), "--config", str(config), "--test", str(test), "--threads", "1"]
    streams = ["--stream", "stocknet", "--stream", "sina_guba"]
    shown = CliRunner().invoke(app, [str(bundle.folder), *options, *streams], catch_exceptions=False)
    assert "4 of 6 texts kept; 1 below 0.9, 0 near duplicates, 1 held out" in " ".join(shown.output.split())
    rows = [line.record for line in read_records(out) if isinstance(line, GoodLine)]
    assert rows[0] == {
        "id": "stoc-3",
        "text": "bad miss",
        "label": "negative",
        "lang": "en",
        "source": "stocknet",
        "confidence": 0.9756,
    }
    registry = tmp_path / "mine.yaml"
    entry = {"path": "pseudo.jsonl", "languages": ["en", "zh"], "licence": "own", "restricted": False}
    registry.write_text(yaml.safe_dump({"sets": {"pseudo": {**entry, "sentiment": {"negative": ["negative"]}}}}))
    own = tiny_config.replace(sets={"fpb": 20, "pseudo": 4}, registry=str(registry), steps=1)
    with pytest.raises(DataError, match=r"expected one of \['negative'\], got 'positive'"):
        run_training(own, tmp_path / "run", resume=False)
    both = {"negative": ["negative"], "positive": ["positive"]}
    registry.write_text(yaml.safe_dump({"sets": {"pseudo": {**entry, "sentiment": both}}}))
    run_training(own, tmp_path / "run", resume=False)
    record = read_run(tmp_path / "run")
    assert record.counts["pseudo"].read == 4
    assert record.counts["pseudo"].train + record.counts["pseudo"].dev == 4
    assert "pseudo" in record.conventions
