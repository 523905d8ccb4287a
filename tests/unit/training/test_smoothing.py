"""Smoothing leaves what a graph computes, evens out activations, and is undone when weights are read back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import ModelProto, TensorProto, helper, numpy_helper

from services.inference.bundle import current_bundle
from services.inference.graph import INPUTS
from tests.harness.tiny_encoder import tiny_tokenizer
from training.errors import ExportError
from training.export.bundle import export_bundle
from training.export.smoothing import STRENGTH, largest_inputs, smooth
from training.export.target import Target
from training.learning.trained_model import load_trained

WEIGHT = np.array([[4.0, -1.0], [0.5, 0.25], [1.0, 1.0]], dtype=np.float32)


def block() -> ModelProto:
    """GELU and a product that narrows, over the embeddings of ids."""
    table = np.random.default_rng(3).normal(size=(40, 3)).astype(np.float32) * np.array([30, 1, 0.1], dtype=np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Gelu", ["rows"], ["active"], domain="com.microsoft"),
        helper.make_node("MatMul", ["active", "weight"], ["out"], name="down"),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(
        nodes,
        "block",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in INPUTS],
        [
            helper.make_tensor_value_info("out", TensorProto.FLOAT, ["b", "t", 2]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["b", "t"]),
        ],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(WEIGHT, "weight")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def run(model: ModelProto, outputs: list[str], ids: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found: list[np.ndarray] = session.run(outputs, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return found


def test_the_largest_inputs_are_those_over_all_texts() -> None:
    texts = ["shares fall", "oil yields rise"]
    found = largest_inputs(block(), tiny_tokenizer(), texts, 16)
    probe = block()
    probe.graph.output.append(helper.make_tensor_value_info("active", TensorProto.FLOAT, None))
    each = [run(probe, ["active"], np.array([tiny_tokenizer().encode(text).ids]))[0][0] for text in texts]
    assert list(found) == ["weight"]
    np.testing.assert_allclose(found["weight"], np.abs(np.concatenate(each)).max(axis=0))


def test_a_smoothed_graph_computes_the_same_from_evener_inputs() -> None:
    largest = {"weight": np.array([90.0, 3.0, 0.3], dtype=np.float32)}
    evened = smooth(block(), largest)
    ids = np.arange(4, 30).reshape(2, 13)
    np.testing.assert_allclose(run(evened, ["out"], ids)[0], run(block(), ["out"], ids)[0], rtol=1e-4, atol=1e-5)
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in evened.graph.initializer}
    scale = largest["weight"] ** STRENGTH / np.array([4.0, 0.5, 1.0]) ** (1 - STRENGTH)
    np.testing.assert_allclose(tensors["weight_smoothing"], 1 / scale, rtol=1e-6)
    np.testing.assert_allclose(tensors["weight"], WEIGHT * scale[:, None], rtol=1e-6)
    ranges = largest["weight"] * tensors["weight_smoothing"]
    assert ranges.max() / ranges.min() < 6 < 90.0 / 0.3


def test_export_smoothed(trained: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    export_bundle(trained, Target(tmp_path, "tiny", "1", max_tokens=16, smooth=True))
    bundle = current_bundle(tmp_path, "tiny")
    metrics = json.loads((bundle.folder / "metrics.json").read_text())
    assert [cost["step"] for cost in metrics["cost"]] == ["fusion", "int8, smoothed"]
    graph = onnx.load(str(bundle.model_path)).graph
    assert sum(tensor.name.endswith("_smoothing") for tensor in graph.initializer) == 2  # one a layer
    products = [node for node in graph.node if "/output/dense/" in node.name and "attention" not in node.name]
    assert {node.op_type for node in products} >= {"MatMulInteger"}
    expected = load_trained(trained).model.state_dict()
    found = load_trained(bundle.folder).model.state_dict()
    name = "encoder.encoder.layer.1.output.dense.weight"
    torch.testing.assert_close(found[name], expected[name], atol=5e-3, rtol=0.02)


def test_only_int8_is_smoothed(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="only an int8 bundle can be smoothed, not one in fp16"):
        Target(tmp_path, "tiny", "1", "fp16", smooth=True)
