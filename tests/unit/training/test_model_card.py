"""The model card and the figures that it is written from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from services.domain.errors import InvalidInput
from services.inference.bundle import Bundle
from tests.harness.tiny_bundle import tiny_bundle
from training.config import TrainConfig
from training.data.registry import load_registry
from training.data.taxonomy import load_taxonomy
from training.evaluation.measure import measure
from training.evaluation.report.json_document import FILE, evaluation_json
from training.evaluation.task_predictions import TaskPredictions
from training.export.commands import card
from training.export.lineage import lineage
from training.export.model_card import model_card
from training.export.rewrite_card import rewrite_card
from training.learning.checkpoint import RunRecord
from training.metrics.label_space import label_spaces
from training.metrics.predictions import Prediction
from training.options import DEFAULT_CONFIG

FIGURES: dict[str, Any] = {
    "cost": [
        {"step": "distillation", "macro_f1_before": 0.8, "macro_f1_after": 0.79, "points": 1.0, "teacher": "big/1"},
        {"step": "int8", "macro_f1_before": 0.79, "macro_f1_after": 0.788, "points": 0.2},
    ],
    "parity": {"published": {"sentiment_agreement": 0.981}, "published_macro_f1_loss": 0.002},
    "calibration": [
        {"language": "zh", "head": "topics", "decisions": 1200, "temperature": 1.25, "before": 0.08, "after": 0.02}
    ],
    "abstain": [
        {"language": "en", "below": 0.52, "texts": 90, "accuracy_inside": 0.55, "accuracy_outside": 0.91},
    ],
}
ROBUSTNESS = {
    "model": "tiny/1",
    "words": 0.15,
    "by_kind": [{"kind": "typos", "results": 9, "accuracy_drop": 0.021, "macro_f1_drop": 0.034, "flipped": 0.05}],
    "explanations": [{"method": "occlusion", "texts": 40, "comprehensiveness": 0.31}],
}
BIAS = {
    "model": "tiny/1",
    "results": [
        {
            **{"kind": "countries", "language": "en", "source": "templates", "mean_change": 0.02, "p95_change": 0.07},
            "flipped": 0.01,
            "groups": [{"group": "China", "negative": 0.3}, {"group": "France", "negative": 0.25}],
        }
    ],
}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return tiny_bundle(tmp_path / "models")


def evaluated(folder: Path, model: str) -> Path:
    """The folder of an evaluation of two texts."""
    space = label_spaces(load_registry()["fpb"], load_taxonomy())[0]
    rows = [
        Prediction(str(row), "en", ("neutral",), ("neutral",), ("neutral",), {"neutral": 1.0}, row) for row in (0, 1)
    ]
    tasks = [TaskPredictions(space, ["x", "y"], rows)]
    evaluation = measure(tasks, model=model, measured_on="development splits")
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_text(json.dumps(evaluation_json(evaluation, tasks[0].results)), encoding="utf-8")
    return folder


def test_what_was_not_measured_has_no_place_on_the_card(bundle: Bundle) -> None:
    plain = model_card(bundle.manifest, {})
    assert plain.startswith("# tiny 1\n\nSentiment (negative, neutral, positive), 2 topics")
    assert [line for line in plain.splitlines() if line.startswith("## ")] == [
        "## Intended use",
        "## Training",
        "## Licences",
        "## Limits",
        "## Topics, and the languages in which each was taught",
    ]
    assert "1 of the 2 topics are labelled in one language only" in plain
    assert "Outages (故障): en." in plain


def test_every_figure_has_its_line(bundle: Bundle) -> None:
    text = model_card(bundle.manifest, {**FIGURES, "robustness": ROBUSTNESS, "bias": BIAS})
    for line in (
        "| distillation of big/1 | 0.8000 | 0.7900 | +1.00 |",
        "+0.20 points of mean\nmacro-F1 lost; same sentiment for 98.1 % of the texts.",
        "| zh | topics | 1,200 | 1.25 | 0.080 | 0.020 |",
        "| en | 0.52 | 90 | 0.550 | 0.910 |",
        "| typos | 9 | +0.021 | +0.034 | 5.0% |",
        "over 40 texts: occlusion 0.310.",
        "| countries | en | templates | 0.020 | 0.070 | 1.0% | France 0.250 | China 0.300 |",
    ):
        assert line in text
    derived = model_card(bundle.manifest, {**FIGURES, "made_from": "a/1", "change": {"sentiment_agreement": 0.997}})
    assert derived.startswith("# tiny 1\n\nMade from a/1:")
    assert "Against a/1: same sentiment for 99.7 % of the texts." in derived
    assert "98.1" not in derived


def test_both_readings_stand_beside_the_majority(bundle: Bundle) -> None:
    def development(accuracy: float, task: str = "sentiment") -> dict[str, Any]:
        one = {"set": "fpb", "task": task, "language": "en", "rows": 1379, "accuracy": accuracy, "macro_f1": 0.7}
        return {"mean_macro_f1": 0.7, "results": [{**one, "majority_accuracy": 0.6, "majority_macro_f1": 0.25}]}

    metrics = {"development": development(0.8), "development_general_reading": development(0.75)}
    line = "| fpb | sentiment | en | 1,379 | 0.800 | 0.700 | 0.750 / 0.700 | 0.600 / 0.250 |"
    assert line in model_card(bundle.manifest, metrics)
    metrics = {"development": development(0.8, "topics"), "development_general_reading": development(0.8, "topics")}
    assert "| 0.700 |  | 0.600 / 0.250 |" in model_card(bundle.manifest, metrics)


OLD = {"name": "old", "licence": "none stated", "language": "zh", "task": "sentiment", "rows": 7}


def test_the_history_goes_back_through_the_base_models(bundle: Bundle, tmp_path: Path) -> None:
    config = TrainConfig.load(DEFAULT_CONFIG)
    manifest = msgspec.structs.replace(
        bundle.manifest, base_model={"name": "e5", "licence": "MIT"}, training_data=[OLD]
    )
    (bundle.folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    model = config.model.replace(base=str(bundle.folder))
    found = lineage(RunRecord(config.replace(model=model), (), (), {}))
    assert found["config"]["model"]["base"] == "tiny/1"
    assert found["base"] == {
        "model": "tiny/1",
        "base_model": {"name": "e5", "licence": "MIT"},
        "training_data": [OLD],
        "training": None,
    }
    assert str(tmp_path) not in json.dumps(found)

    new = {"name": "new", "licence": "MIT", "restricted": False, "language": "en+zh", "task": "topics", "rows": 9000}
    manifest = msgspec.structs.replace(manifest, base_model={"name": "tiny/1", "licence": "MIT"}, training_data=[new])
    text = model_card(manifest, {"training": found})
    assert "Base model: tiny/1 (MIT); embeddings and the lowest 4 layers frozen; 3,900 steps" in text
    assert "| new | en, zh | topics | MIT | 9,000 |" in text
    assert "The base model tiny/1 was trained before:\n\nBase model: e5 (MIT).\n\n" in text
    assert "| old | zh | sentiment | none stated | 7 |" in text
    assert "1 of the 2 sets and streams are non-commercial or state no licence: old.\n" in text


def test_a_pretrained_base_model_names_its_streams(bundle: Bundle, tmp_path: Path) -> None:
    report = {
        "config": {"base": str(tmp_path)},
        "streams": {"wire": {"licence": "none stated", "restricted": True, "texts": 10}},
        "steps": 500,
        "train_texts": 8000,
        "before": {"loss": 3.0, "pseudo_perplexity": 20.09},
        "after": {"loss": 2.0, "pseudo_perplexity": 7.39},
    }
    (tmp_path / "base").mkdir()
    (tmp_path / "base/pretraining.json").write_text(json.dumps(report))
    config = TrainConfig.load(DEFAULT_CONFIG)
    config = config.replace(model=config.model.replace(base=str(tmp_path / "base")))
    found = lineage(RunRecord(config, (), (), {}))
    assert found["config"]["model"] == {**config.model.model_dump(), "base": "base"}
    assert str(tmp_path) not in json.dumps(found)
    text = model_card(bundle.manifest, {"training": found})
    assert (
        "8,000 unlabelled texts in 500 steps (pseudo-perplexity 20.09 before,\n7.39 after): wire (none stated)." in text
    )
    assert "1 of the 1 sets and streams are non-commercial or state no licence: wire." in text

    manifest = msgspec.structs.replace(bundle.manifest, training_data=[OLD])
    (bundle.folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    report["config"] = {"base": str(bundle.folder)}
    (tmp_path / "base/pretraining.json").write_text(json.dumps(report))
    text = model_card(bundle.manifest, {"training": lineage(RunRecord(config, (), (), {}))})
    assert "8,000 unlabelled texts" in text
    assert "The base model tiny/1 was trained before:" in text
    assert "2 of the 2 sets and streams are non-commercial or state no licence: wire, old." in text


def test_the_command_takes_reports_into_metrics_and_card(bundle: Bundle, tmp_path: Path) -> None:
    (bundle.folder / "metrics.json").write_text(json.dumps(FIGURES))
    reports = {"robustness": tmp_path / "robustness.json", "bias": tmp_path / "bias.json"}
    reports["robustness"].write_text(json.dumps(ROBUSTNESS))
    reports["bias"].write_text(json.dumps(BIAS))
    app = typer.Typer()
    app.command()(card)
    options = [part for name, path in reports.items() for part in (f"--{name}", str(path))]
    options += ["--evaluation", str(evaluated(tmp_path / "evaluation", "tiny/1"))]
    done = CliRunner().invoke(app, [str(bundle.folder), *options])
    assert done.exit_code == 0, done.output
    metrics = json.loads((bundle.folder / "metrics.json").read_text())
    assert metrics["bias"] == BIAS
    assert metrics["evaluation"]["tasks"][0]["scores"]["accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert metrics["cost"] == FIGURES["cost"]
    text = (bundle.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| fpb | sentiment | en | 2 | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) |  |  | 0.000 |" in text
    assert "| fpb | sentiment | accuracy | FinBERT (110 M) 0.86 | 0.880 | 1.000 (1.000 to 1.000) |" in text
    rewrite_card(bundle.folder, evaluation=None, robustness=None, bias=None)
    assert (bundle.folder / "MODEL_CARD.md").read_text(encoding="utf-8") == text


def test_figures_of_another_bundle_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="evaluation: expected figures of tiny/1, got 'other/2'"):
        rewrite_card(bundle.folder, evaluation=evaluated(tmp_path / "e", "other/2"), robustness=None, bias=None)
    with pytest.raises(InvalidInput, match=r"no\.json: expected a JSON object"):
        rewrite_card(bundle.folder, evaluation=None, robustness=tmp_path / "no.json", bias=None)
    (tmp_path / "half.json").write_text('{"model": "tiny/1"}')
    with pytest.raises(InvalidInput, match="lacks a figure: KeyError: 'results'"):
        rewrite_card(bundle.folder, evaluation=None, robustness=None, bias=tmp_path / "half.json")
    assert not (bundle.folder / "MODEL_CARD.md").exists()
