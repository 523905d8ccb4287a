"""What noise costs, computed by hand, and the commands on a tiny bundle."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from services.text.mentions import Named
from training.bias.commands import bias
from training.config import TrainConfig
from training.data.examples import EntityTarget, Example
from training.explanations.commands import attribute
from training.export.bundle import export_bundle
from training.export.target import Target
from training.learning.run import run_training
from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Prediction
from training.metrics.probabilities import Probabilities
from training.robustness.commands import robustness
from training.robustness.measure import Noise, NoisyRow, add_noise, compare_task
from training.robustness.results import NoiseResult, compare_rows, kind_means

LABEL_SPACE = LabelSpace("fpb", "sentiment", ("negative", "neutral", "positive"), ((0,), (1,), (2,)), multi=False)
app = typer.Typer()
for command in (robustness, bias, attribute):
    app.command()(command)


def example(text: str, label: int, set_name: str = "fpb") -> Example:
    name = LABEL_SPACE.labels[label]
    target = EntityTarget(Named("Apple"), name, (label,), (0, 1, 2))
    entities = (target,) if "Apple" in text else ()
    return Example(text, set_name, "en", text, (name,), (label,), (0, 1, 2), (), (), False, entities)


def predicted(*labels: tuple[str | None, str]) -> list[Prediction]:
    return [
        Prediction(str(row), "en", (gold or "mixed",), (gold,) if gold else None, (chosen,), {})
        for row, (gold, chosen) in enumerate(labels)
    ]


def test_the_same_rows_are_compared() -> None:
    clean = predicted(("negative", "negative"), ("negative", "negative"), ("positive", "positive"), (None, "neutral"))
    noisy = predicted(("negative", "positive"), ("negative", "negative"), ("positive", "positive"), (None, "positive"))
    found = compare_rows(LABEL_SPACE, "typos", clean, noisy)
    assert found is not None
    assert (found.rows, found.accuracy, found.macro_f1) == (3, 1.0, 1.0)
    assert found.noisy_accuracy == pytest.approx(2 / 3)
    assert found.noisy_macro_f1 == pytest.approx(2 / 3)  # F1 of 2/3 for either label
    assert found.flipped == pytest.approx(1 / 3)
    assert found.drop == pytest.approx(1 / 3)
    assert found.as_json()["macro_f1_drop"] == 0.3333
    assert compare_rows(LABEL_SPACE, "typos", clean[3:], noisy[3:]) is None


def test_means_are_over_sets_and_tasks() -> None:
    one = NoiseResult("a", "sentiment", "typos", 10, 0.9, 0.8, 0.8, 0.6, 0.1)
    other = NoiseResult("b", "topics", "typos", 10, 0.7, 0.7, 0.5, 0.5, 0.3)
    emoji = replace(other, kind="emoji")
    first, second = kind_means([one, emoji, other])
    assert (first.kind, first.results, second.kind) == ("typos", 2, "emoji")
    assert (first.accuracy_drop, first.macro_f1_drop, first.flipped) == pytest.approx((0.05, 0.1, 0.2))


def test_noise_is_in_every_kind_of_the_language_and_never_in_a_name() -> None:
    rows = add_noise([example("Apple shares fell sharply", 0), example("it is so", 1)], Noise(words=0.5, seed=3))
    assert [(one.row, one.kind) for one in rows] == [
        *((0, "english_synonyms"), (0, "typos")),
        *((0, "cashtags"), (1, "cashtags"), (0, "emoji"), (1, "emoji")),
    ]
    assert all("Apple" in one.example.text for one in rows if one.row == 0)
    assert rows == add_noise([example("Apple shares fell sharply", 0), example("it is so", 1)], Noise(0.5, 3))


def test_noisy_rows_are_read_beside_their_clean_ones() -> None:
    clean = [example("a", 0), example("b", 2), example("c", 1, "other")]
    noisy = [NoisyRow(1, "typos", replace(clean[1], text="bb")), NoisyRow(2, "typos", replace(clean[2], text="cc"))]
    sure = [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]
    values = Probabilities(sure, [[] for _ in sure], [[] for _ in sure])
    (found,) = compare_task(LABEL_SPACE, len(clean), noisy, values, {})
    assert (found.set_name, found.kind, found.rows) == ("fpb", "typos", 1)
    assert (found.accuracy, found.noisy_accuracy, found.flipped) == (1.0, 0.0, 1.0)


@pytest.fixture(scope="module")
def bundle(tiny_config: TrainConfig, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bundle, with its configuration and its checkpoint beside it."""
    folder = tmp_path_factory.mktemp("robust")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(tiny_data))
        config = tiny_config.replace(steps=60, eval_every=30, save_every=60)
        run_training(config, folder / "run", resume=False)
        export_bundle(folder / "run", Target(folder / "models", "tiny", "1", precision="fp32", max_tokens=16))
    (folder / "tiny.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(config.model_dump()))))
    return folder / "models" / "tiny" / "1"


def run(bundle: Path, data: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(data))
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.slow
def test_the_robustness_report_is_written(
    bundle: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "robust.json"
    options = ["--config", str(bundle.parents[2] / "tiny.yaml"), "--rows", "6", "--threads", "1", "--explained", "2"]
    run(bundle, tiny_data, monkeypatch, "robustness", str(bundle), *options, "--report", str(report), "--words", "0.4")
    content = json.loads(report.read_text(encoding="utf-8"))
    assert content["model"] == "tiny/1"
    kinds = {(one["set_name"], one["kind"]) for one in content["results"]}
    assert {("fpb", "typos"), ("cn_guba_sentiment", "emoji"), ("fincuge_finnl", "homophones")} <= kinds
    assert all(0 <= one["flipped"] <= 1 and 0 < one["rows"] <= 6 for one in content["results"])
    assert "explanations" not in content or all(one["texts"] <= 2 for one in content["explanations"])
    assert "| fpb, sentiment | typos |" in report.with_suffix(".md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_bias_report_is_written_with_its_picture(
    bundle: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "bias.json"
    output = run(bundle, tiny_data, monkeypatch, "bias", str(bundle), "--texts", "0", "--report", str(report))
    content = json.loads(report.read_text(encoding="utf-8"))
    assert [(one["kind"], one["language"]) for one in content["results"]] == [
        *(("companies", "en"), ("companies", "zh"), ("countries", "en")),
        *(("countries", "zh"), ("people", "en"), ("people", "zh")),
    ]
    assert report.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "## people, zh, templates" in report.with_suffix(".md").read_text(encoding="utf-8")
    assert "most negative" in output


@pytest.mark.slow
def test_a_text_is_taken_apart_from_a_bundle_and_from_its_checkpoint(
    bundle: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (bundle, bundle.parents[2] / "run"):
        output = run(bundle, tiny_data, monkeypatch, "attribute", str(folder), "shares outage company", "公司 大涨")
        assert output.count("of padding 0.") == 2
        assert output.count("error 0.000") == 2
        assert "outage" in output
        assert "大涨" in output
