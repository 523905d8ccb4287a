"""Bundles in other precisions: fp16 graphs, and conversion of a published bundle."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
import typer
import yaml
from typer.testing import CliRunner

from services.inference.bundle import SEEN, Bundle, current_bundle
from services.inference.classifier import Classifier
from services.inference.manifest import Manifest
from services.inference.scores import Scores
from services.text.mentions import Named
from training.config import TrainConfig
from training.errors import ExportError
from training.export.bundle import export_bundle
from training.export.commands import convert
from training.export.convert import convert_bundle
from training.export.target import Target
from training.learning.trained_model import load_trained
from training.metrics.results import Result

TEXTS = ["shares outage company", "shares flat company", "公司 大涨 央行", "fed yields dividend bank oil"]


@pytest.fixture
def int8(exported: tuple[Path, list[Result]]) -> Bundle:
    """The published int8 bundle."""
    return current_bundle(exported[0], "tiny")


@pytest.fixture(scope="module")
def fp16(trained: Path, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of the same checkpoint in half precision."""
    return _exported(trained, tiny_data, Target(tmp_path_factory.mktemp("fp16"), "half", "1", "fp16", max_tokens=16))


@pytest.fixture(autouse=True)
def _data(tiny_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))


def _exported(run: Path, data: Path, target: Target) -> Bundle:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(data))
        export_bundle(run, target)
    return current_bundle(target.root, target.name)


def _scores(bundle: Bundle) -> list[Scores]:
    classifier = Classifier(bundle, threads=1)
    return classifier.score(TEXTS, entities=[[Named("company")]] * len(TEXTS), conventions=["fpb"] * len(TEXTS))


def _furthest(one: Bundle, other: Bundle) -> float:
    """The largest difference of any probability."""
    found = zip(_scores(one), _scores(other), strict=True)
    values = [
        ([*a.sentiment, *a.topics.values(), *a.entities[0]], [*b.sentiment, *b.topics.values(), *b.entities[0]])
        for a, b in found
    ]
    return float(max(np.abs(np.subtract(a, b)).max() for a, b in values))


def test_an_fp16_graph_answers_like_the_fp32_one(fp16: Bundle, trained: Path, tiny_data: Path, tmp_path: Path) -> None:
    full = _exported(trained, tiny_data, Target(tmp_path, "full", "1", "fp32", max_tokens=16))
    graph = onnx.load(str(fp16.model_path)).graph
    assert {tensor.data_type for tensor in graph.initializer if len(tensor.dims) == 2} == {onnx.TensorProto.FLOAT16}
    assert {output.type.tensor_type.elem_type for output in graph.output} == {onnx.TensorProto.FLOAT}
    assert 0.0 < _furthest(fp16, full) < 5e-3
    metrics = json.loads((fp16.folder / "metrics.json").read_text())
    assert [cost["step"] for cost in metrics["cost"]] == ["fusion", "fp16"]
    assert metrics["parity"]["fp32_graph"]["largest_difference"] < 1e-4


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_a_converted_bundle_keeps_answers_and_facts(
    int8: Bundle, tiny_config: TrainConfig, tmp_path: Path, precision: str
) -> None:
    target = Target(tmp_path, "tiny", "2", "fp16" if precision == "fp16" else "fp32")
    results = convert_bundle(int8.folder, target, tiny_config)
    made = current_bundle(tmp_path, "tiny")
    assert made.manifest.precision == precision
    assert _kept(made.manifest) == _kept(int8.manifest)
    assert _furthest(int8, made) < 0.03
    assert (made.folder / SEEN).is_file() == (int8.folder / SEEN).is_file()
    before, after = (json.loads((one.folder / "metrics.json").read_text()) for one in (int8, made))
    assert after["cost"][:-1] == before["cost"]
    assert after["cost"][-1]["step"] == f"int8 to {precision}"
    assert after["made_from"] == "tiny/1"
    assert after["calibration"] == before["calibration"]
    assert len(after["development"]["results"]) == len(results) == 4
    assert (made.folder / "MODEL_CARD.md").read_text(encoding="utf-8").startswith("# tiny 2\n\nMade from tiny/1")


def _kept(manifest: Manifest) -> dict[str, object]:
    """What a conversion leaves as it is."""
    changed = {"version", "created_at", "precision", "files"}
    return {name: value for name, value in msgspec.to_builtins(manifest).items() if name not in changed}


def test_weights_come_back_from_an_fp16_bundle(fp16: Bundle, trained: Path) -> None:
    found, original = load_trained(fp16.folder), load_trained(trained)
    assert found.topic_ids == original.topic_ids
    expected = original.model.state_dict()
    for name, value in found.model.state_dict().items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-6, err_msg=name)


def test_a_costly_conversion_publishes_nothing(
    int8: Bundle, tiny_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.export.cost.MOST_POINTS", -1.0)
    with pytest.raises(ExportError, match=r"int8 to fp32 costs 0\.00 points"):
        convert_bundle(int8.folder, Target(tmp_path, "tiny", "2", "fp32"), tiny_config)
    assert not list(tmp_path.iterdir())


def test_convert_command_names_the_bundle_by_its_precision(
    int8: Bundle, tiny_config: TrainConfig, tmp_path: Path
) -> None:
    app = typer.Typer()
    app.command()(convert)
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(tiny_config.model_dump()), encoding="utf-8")
    options = ["--precision", "fp32", "--output", str(tmp_path), "--config", str(file)]
    done = CliRunner().invoke(app, [str(int8.folder), *options])
    assert done.exit_code == 0, done.output
    assert current_bundle(tmp_path, "tiny-fp32").model_version == "tiny-fp32/1"
