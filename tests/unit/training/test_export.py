"""Export of a tiny model: parity, bundle, evaluation, and what makes it fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import typer
import yaml
from onnx import numpy_helper
from typer.testing import CliRunner

from services.inference.bundle import current_bundle, load_bundle
from services.inference.classifier import Classifier
from training.config import TrainConfig
from training.data.taxonomy import load_taxonomy
from training.errors import ConfigError, ExportError
from training.evaluation.commands import evaluate
from training.evaluation.evaluate import evaluate_file
from training.evaluation.report.json_document import read_evaluation
from training.evaluation.thresholds import choose_thresholds
from training.export.bundle import export_bundle
from training.export.cost import Cost, costs_of, require_cheap
from training.export.parity import Parity, ParityLimits, compare, require_fp32, require_same_decisions
from training.export.target import Target
from training.fewshot.add import TopicName, fit_topic, require_served, write_topic
from training.fewshot.examples import TopicExample
from training.learning.checkpoint import BEST
from training.metrics.probabilities import Probabilities
from training.metrics.results import Result


def test_bundle_is_served_and_described(exported: tuple[Path, list[Result]]) -> None:
    models, results = exported
    bundle = current_bundle(models, "tiny")
    manifest = bundle.manifest
    assert manifest.languages == ("en", "zh")
    assert [topic.id for topic in manifest.topics] == list(load_taxonomy().ids)
    assert manifest.label_maps["fpb"]["sentiment"]["negative"] == ["negative"]
    assert manifest.label_maps["fincuge_finnl"]["topics"]["公司"] == "company_news"
    assert manifest.training_data[0]["name"] == "fpb"
    assert all(entry["rows"] > 0 for entry in manifest.training_data)
    negative, neutral, positive = Classifier(bundle).score(
        ["shares outage company", "shares flat company", "shares beat company"]
    )
    assert np.argmax([s.sentiment for s in (negative, neutral, positive)], axis=1).tolist() == [0, 1, 2]
    metrics = json.loads((bundle.folder / "metrics.json").read_text())
    assert metrics["parity"]["fp32_graph"]["largest_difference"] < 1e-4
    assert [cost["step"] for cost in metrics["cost"]] == ["fusion", "int8"]
    assert metrics["cost"][1]["macro_f1_after"] == pytest.approx(metrics["development"]["mean_macro_f1"], abs=1e-4)
    assert len(metrics["development"]["results"]) == len(results) == 4
    card = (bundle.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "CC BY-NC-SA 3.0" in card
    assert str(models) not in card + json.dumps(metrics)
    assert not list(models.glob(".export-*"))


def test_weights_are_int8_of_seven_bits(exported: tuple[Path, list[Result]]) -> None:
    graph = onnx.load(str(current_bundle(exported[0], "tiny").model_path)).graph
    codes = {t.name: numpy_helper.to_array(t) for t in graph.initializer if t.data_type == onnx.TensorProto.INT8}
    weights = [array for name, array in codes.items() if name.endswith("_quantized") and array.ndim == 2]
    assert len(weights) == 9  # of two layers: attention in and out, feed-forward up; two heads and the conventions
    # kept with float activations: feed-forward down twice, the entity products; and the larger embedding table
    assert len([name for name in codes if name.endswith("_int8")]) == 6
    assert all(np.abs(array.astype(int)).max() <= 64 for array in weights)
    assert not [
        t for t in graph.initializer if t.data_type == onnx.TensorProto.FLOAT and len(t.dims) == 2 and t.dims[0] > 64
    ]


def test_fp32_bundle_for_gpus(trained: Path, tiny_data: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(tiny_data))
        export_bundle(trained, Target(tmp_path, "tiny", "1", "fp32", max_tokens=16))
    bundle = current_bundle(tmp_path, "tiny")
    assert bundle.manifest.precision == "fp32"
    assert sorted(path.name for path in bundle.folder.iterdir()) == [
        "MODEL_CARD.md", "manifest.json", "metrics.json", "model.onnx", "seen.bin", "tokenizer.json"
    ]  # fmt: skip
    kinds = {tensor.data_type for tensor in onnx.load(str(bundle.model_path)).graph.initializer}
    assert onnx.TensorProto.INT8 not in kinds
    metrics = json.loads((bundle.folder / "metrics.json").read_text())
    assert metrics["parity"]["published"]["largest_difference"] < 1e-4


def test_an_exported_bundle_takes_topics(exported: tuple[Path, list[Result]], tmp_path: Path) -> None:
    bundle = load_bundle(shutil.copytree(current_bundle(exported[0], "tiny").folder, tmp_path / "1"))
    require_served(bundle)
    words = ("shares", "fall", "rise", "flat", "profit", "loss")
    kinds = [("lawsuit", True), ("merger", False)]
    examples = [TopicExample(f"{word} {kind}", of_it, "en") for word in words for kind, of_it in kinds]
    topic = fit_topic(bundle, TopicName("Lawsuits"), examples)
    write_topic(topic, bundle.folder)
    assert topic.quality is not None
    classifier = Classifier(bundle, threads=1)
    scores = classifier.score([example.text for example in examples], langs=["en"] * len(examples))
    threshold = classifier.decision_rules("en").thresholds["lawsuits"]
    assert [score.topics["lawsuits"] >= threshold for score in scores] == [example.positive for example in examples]
    assert set(scores[0].topics) == {*load_taxonomy().ids, "lawsuits"}


def test_a_version_is_never_overwritten(trained: Path, exported: tuple[Path, list[Result]]) -> None:
    models, _ = exported
    with pytest.raises(ExportError, match="tiny/1 exists already"):
        export_bundle(trained, Target(models, "tiny", "1"))


def test_failed_parity_publishes_nothing(
    trained: Path, exported: tuple[Path, list[Result]], tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, _ = exported
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    monkeypatch.setattr("training.export.bundle.ParityLimits", lambda: ParityLimits(agreement=1.1))
    monkeypatch.setattr("training.export.parity.chance", lambda texts: -0.1)
    with pytest.raises(ExportError, match="exported graph"):
        export_bundle(trained, Target(models, "tiny", "2", max_tokens=16))
    assert sorted(path.name for path in (models / "tiny").iterdir()) == ["1", "CURRENT"]
    assert not list(models.glob(".export-*"))


def test_parity_limits() -> None:
    one = Probabilities([[0.6, 0.3, 0.1], [0.4, 0.3, 0.3]], [[0.5], [0.5]], [[], []])
    other = Probabilities([[0.6, 0.3, 0.1], [0.3, 0.4, 0.3]], [[0.5], [0.7]], [[], []])
    parity = compare(one, other)
    assert (parity.texts, parity.sentiment_agreement) == (2, 0.5)
    assert parity.largest_difference == pytest.approx(0.2)
    with pytest.raises(ExportError, match=r"2\.00e-01 from torch"):
        require_fp32(parity, ParityLimits())
    with pytest.raises(ExportError, match=r"0\.500 of the texts"):
        require_same_decisions(parity, ParityLimits())
    require_same_decisions(compare(one, one), ParityLimits())


def test_no_step_may_cost_more_than_half_a_point() -> None:
    costs = costs_of(0.8, [("fusion", 0.8001), ("int8", 0.7952)])
    assert costs == [Cost("fusion", 0.8, 0.8001), Cost("int8", 0.8001, 0.7952)]
    assert [one.points for one in costs] == pytest.approx([-0.01, 0.49])
    require_cheap(costs)
    with pytest.raises(ExportError, match=r"int8 costs 0\.51 points .* limit is 0\.50"):
        require_cheap(costs_of(0.8, [("fusion", 0.8003), ("int8", 0.7952)]))
    with pytest.raises(ExportError, match=r"fusion and int8 costs 0\.60 points"):
        require_cheap(costs_of(0.8, [("fusion", 0.797), ("int8", 0.794)]))


def test_few_texts_do_not_refuse_an_export_by_chance() -> None:
    costs = costs_of(0.9, [("fusion", 0.9), ("int8", 0.84)])
    require_cheap(costs, texts=30)
    with pytest.raises(ExportError, match=r"int8 costs 6\.00 points .* limit is 5\.00"):
        require_cheap(costs, texts=40)
    with pytest.raises(ExportError, match=r"limit is 0\.50"):
        require_cheap(costs, texts=4000)
    require_same_decisions(Parity(20, 0.1, 0.9), ParityLimits())
    for texts in (30, 4000):
        with pytest.raises(ExportError, match=r"same sentiment for 0\.900"):
            require_same_decisions(Parity(texts, 0.1, 0.9), ParityLimits())


def test_evaluate_keeps_every_row(exported: tuple[Path, list[Result]], tmp_path: Path) -> None:
    rows = [
        {"id": str(index), "text": text, "label": label, "lang": "en"}
        for index, (text, label) in enumerate(
            [("shares outage", "negative"), ("shares outage", "negative"), ("shares outage", "positive")]
        )
    ]
    file = tmp_path / "fpb.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    bundle = current_bundle(exported[0], "tiny").folder
    evaluation = evaluate_file(bundle, "fpb", file)
    assert [one.id for one in evaluation.predictions] == ["0", "1", "2"]
    assert evaluation.results[0].scores.accuracy == pytest.approx(2 / 3)
    with pytest.raises(ConfigError, match="unknown set 'nothing'"):
        evaluate_file(bundle, "nothing", file)


def test_evaluate_command_writes_predictions_and_report(exported: tuple[Path, list[Result]], tmp_path: Path) -> None:
    file = tmp_path / "topics.jsonl"
    file.write_text(
        json.dumps({"id": "a", "text": "公司 公司 公司", "labels": ["公司"], "lang": "zh"}, ensure_ascii=False),
        encoding="utf-8",
    )
    app = typer.Typer()
    app.command()(evaluate)
    bundle = current_bundle(exported[0], "tiny").folder
    options = ["--predictions", str(tmp_path / "out.jsonl"), "--report", str(tmp_path / "report.json")]
    options += ["--output", str(tmp_path / "evaluation")]
    done = CliRunner().invoke(app, [str(bundle), str(file), "--as", "fincuge_finnl", *options])
    assert done.exit_code == 0, done.output
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    assert set(record) == {"id", "gold", "predicted", "probabilities"}
    assert record["gold"] == ["公司"]
    assert len(record["probabilities"]) == 16
    assert json.loads((tmp_path / "report.json").read_text())["results"][0]["rows"] == 1
    assert (tmp_path / "evaluation/evaluation.json").read_text() == (tmp_path / "report.json").read_text()


def test_evaluate_command_on_the_development_splits_beside_another_bundle(
    exported: tuple[Path, list[Result]], tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(tiny_config.model_dump()), encoding="utf-8")
    app = typer.Typer()
    app.command()(evaluate)
    bundle = str(current_bundle(exported[0], "tiny").folder)
    options = ["--config", str(tmp_path / "tiny.yaml"), "--compare", bundle, "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [bundle, *options], env={"GROUNDSWELL_DATA": str(tiny_data)})
    assert done.exit_code == 0, done.output
    evaluation = read_evaluation(tmp_path / "out")
    assert (evaluation.measured_on, evaluation.compared_with) == ("development splits", "tiny/1")
    found = {(one.set_name, one.task): one for one in evaluation.tasks}
    assert {key: one.scores["macro_f1"].value for key, one in found.items()} == {
        (one.set_name, one.task): pytest.approx(one.scores.macro_f1, abs=1e-4) for one in exported[1]
    }
    fpb, topics = found["fpb", "sentiment"], found["fincuge_finnl", "topics"]
    assert fpb.general is not None
    assert topics.general is None
    assert all(one.other is not None and one.other.differences["accuracy"].p_value == 1.0 for one in found.values())
    assert [one.name for one in fpb.baselines] == ["majority", "VADER"]
    assert len(list((tmp_path / "out/pictures").iterdir())) == 2 * len(found)


def test_evaluate_command_wants_file_and_set_together(exported: tuple[Path, list[Result]]) -> None:
    app = typer.Typer()
    app.command()(evaluate)
    done = CliRunner().invoke(app, [str(exported[0]), "--as", "fpb"])
    assert done.exit_code == 2


def test_best_weights_are_kept_beside_the_last(trained: Path) -> None:
    assert (trained / BEST).is_file()


def test_thresholds_come_from_rows_that_know_the_topic(tiny_config: TrainConfig) -> None:
    from training.data.examples import Example

    def example(positive: bool, known: bool) -> Example:
        topics, rows = ((0,) if positive else ()), ((0,) if known else ())
        return Example("", "", "", "", (), (), (), topics, rows, exclusive=False)

    rows = [(example(True, True), [0.35])] * 20 + [(example(False, True), [0.25])] * 20
    rows += [(example(False, False), [0.9])] * 20
    chosen = choose_thresholds([row for row, _ in rows], [p for _, p in rows], topics=1)
    assert chosen == {0: 0.35}
    few = rows[:19] + rows[20:]
    assert choose_thresholds([row for row, _ in few], [p for _, p in few], topics=1) == {0: 0.5}
