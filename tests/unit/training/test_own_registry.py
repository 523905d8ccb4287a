"""A user's own registry: sets and streams beside the shipped ones, kept by a run for its export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from services.inference.bundle import load_bundle
from training.config import TrainConfig
from training.data.registry import load_registry, registered_sets
from training.data.unlabelled import load_sources, registered_streams
from training.errors import ConfigError
from training.evaluation.evaluate import evaluate_file
from training.export.bundle import export_bundle
from training.export.target import Target
from training.learning.checkpoint import read_run
from training.learning.run import run_training
from training.options import with_registry

ENTRY = {"path": "rows/mine.jsonl", "languages": ["en"], "licence": "own", "restricted": False}
TONES = {"negative": "outage", "positive": "beat"}


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A registry with one set, one that replaces fpb, and one stream; the rows of both sets in one file."""
    sentiment = {name: [name] for name in TONES}
    path = tmp_path / "own" / "mine.yaml"
    (path.parent / "rows").mkdir(parents=True)
    words = ["shares", "fall", "rise", "flat", "profit", "loss", "quarter", "bank"]
    rows = [
        {"id": f"{label}-{a}-{b}", "text": f"{a} {word} {b}", "label": label}
        for label, word in TONES.items()
        for a in words
        for b in words
    ]
    (path.parent / "rows" / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    sets = {name: {**ENTRY, "sentiment": sentiment} for name in ("mine", "fpb")}
    path.write_text(yaml.safe_dump({"sets": sets, "unlabelled": {"wire": {**ENTRY, "text": "title"}}}))
    return path


def test_own_sets_add_to_the_registered_and_replace_them(registry: Path) -> None:
    found = registered_sets(str(registry))
    assert set(found) == {*load_registry(), "mine"}
    assert found["mine"].path == found["fpb"].path == str(registry.parent.resolve() / "rows" / "mine.jsonl")
    assert found["fpb"].licence == "own"
    assert found["sentfin"] == load_registry()["sentfin"]
    assert registered_sets("") == load_registry()
    streams = registered_streams(str(registry))
    assert set(streams) == {*load_sources(), "wire"}
    assert (streams["wire"].text, streams["wire"].path) == ("title", found["mine"].path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("set: {}", r"mine\.yaml: expected the sections sets and unlabelled, got \['set'\]"),
        ("- 1", r"expected the sections sets and unlabelled, got list"),
        ("sets: [a]", "sets: expected a mapping of names to entries"),
        ("sets: {a: {path: a.jsonl, languages: [en], licence: own}}", "KeyError: 'restricted'"),
        ("sets: {a: {", "ParserError"),
    ],
)
def test_a_wrong_file_is_named(registry: Path, content: str, message: str) -> None:
    registry.write_text(content)
    with pytest.raises(ConfigError, match=message):
        registered_sets(str(registry))
    registry.unlink()
    with pytest.raises(ConfigError, match=r"registry mine\.yaml: FileNotFoundError"):
        registered_sets(str(registry))


@pytest.mark.slow
def test_an_export_needs_no_word_about_the_registry(
    registry: Path, tiny_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path / "nowhere"))
    monkeypatch.chdir(registry.parent)
    config = with_registry(tiny_config.replace(sets={"mine": 100}, steps=120, eval_every=60), Path("mine.yaml"))
    run_training(config, tmp_path / "run", resume=False)
    kept = read_run(tmp_path / "run").config
    assert kept.registry == str(registry.resolve())
    assert kept == config.replace(registry=kept.registry)
    monkeypatch.chdir(tmp_path)
    results = export_bundle(tmp_path / "run", Target(tmp_path / "models", "tiny", "1", max_tokens=16))
    assert [one.set_name for one in results] == ["mine"]
    bundle = load_bundle(tmp_path / "models" / "tiny" / "1")
    assert bundle.manifest.conventions == ("mine",)
    assert [one["name"] for one in bundle.manifest.training_data] == ["mine"]
    rows = registry.parent / "rows" / "mine.jsonl"
    found = evaluate_file(bundle.folder, "mine", rows, registry=str(registry), threads=1, allow_seen=True)
    assert len(found.rows) == 128
    with pytest.raises(ConfigError, match="unknown set 'mine'"):
        evaluate_file(bundle.folder, "mine", rows, threads=1)


def test_the_record_of_a_run_from_before_own_registries_parses(tiny_config: TrainConfig) -> None:
    document = tiny_config.model_dump()
    del document["registry"]
    assert TrainConfig.parse(document) == tiny_config
    assert with_registry(tiny_config, None) is tiny_config
