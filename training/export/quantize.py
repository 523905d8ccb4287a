"""Int8 weights: signed, per output channel in the encoder, per row in the embedding table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import ModelProto, NodeProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.errors import ExportError

SMOOTHED = "_smoothed"
"""Ends the names of activations that were smoothed."""
_LARGEST = 127.0


def quantize(source: Path, target: Path) -> None:
    """Quantise the matrix products and the word embeddings of a fused fp32 graph.

    The products that narrow (the second of each feed-forward block) keep float activations, unless these were
    smoothed (`training/export/smoothing.py`): behind the GELU a few values are far larger than the rest, and one
    8-bit scale for all of them costs a point of macro-F1 (docs/decisions/0018-int8.md). Their weights are int8 on disk
    and made float when the graph is loaded. All other products run in int8 (U8S8) with activations quantised as
    they come; their weights use 7 of their 8 bits: without VNNI the kernel adds pairs of products in 16 bits, which
    overflow with 8-bit weights, and the same model must give the same answers on every CPU.

    :raises ExportError: when the graph has no embedding table.
    """
    floating = _narrowing(onnx.load(str(source)))
    quantize_dynamic(
        str(source),
        str(target),
        op_types_to_quantize=["MatMul", "Attention"],
        nodes_to_exclude=floating,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    graph = onnx.load(str(target))
    quantize_embedding(graph)
    quantize_weights(graph, floating)
    onnx.save_model(graph, str(target))


def quantize_weights(model: ModelProto, names: list[str]) -> None:
    """Store the weight matrices of the named nodes as int8 with one scale a column (output channel).

    A weight (rows, columns) becomes `Cast(int8) * scale`, where the scale of a column is its largest
    magnitude / 127; ONNX Runtime folds the product into a float constant when it loads the graph.
    """
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.name in names]:
        name = node.input[1]
        codes, scale = _codes(numpy_helper.to_array(tensors[name]), axis=0)
        graph.initializer.remove(tensors[name])
        graph.initializer.append(numpy_helper.from_array(codes, f"{name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))
        graph.node.insert(0, helper.make_node("Mul", [f"{name}_float", f"{name}_scale"], [name]))
        graph.node.insert(0, helper.make_node("Cast", [f"{name}_int8"], [f"{name}_float"], to=onnx.TensorProto.FLOAT))


def quantize_embedding(model: ModelProto) -> None:
    """Replace the largest gathered table by int8 rows and one scale a row.

    `Gather(table)` (tokens, width) becomes `Cast(Gather(int8)) * Gather(scale)`, where the scale
    of a row is its largest magnitude / 127.

    :raises ExportError: when no table is gathered from.
    """
    graph = model.graph
    tables = {tensor.name: tensor for tensor in graph.initializer if len(tensor.dims) == 2}
    gathers = [node for node in graph.node if node.op_type == "Gather" and node.input[0] in tables]
    if not gathers:
        raise ExportError("the graph gathers from no embedding table")
    node = max(gathers, key=lambda gather: tables[gather.input[0]].dims[0])
    table, rows, out = tables[node.input[0]], node.input[1], node.output[0]
    codes, scale = _codes(numpy_helper.to_array(table), axis=1)
    name = table.name
    replacement = [
        helper.make_node("Gather", [f"{name}_int8", rows], [f"{out}_codes"], axis=0),
        helper.make_node("Cast", [f"{out}_codes"], [f"{out}_float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Gather", [f"{name}_scale", rows], [f"{out}_scale"], axis=0),
        helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out]),
    ]
    position = list(graph.node).index(node)
    graph.node.remove(node)
    for offset, new in enumerate(replacement):
        graph.node.insert(position + offset, new)
    graph.initializer.remove(table)
    graph.initializer.append(numpy_helper.from_array(codes, f"{name}_int8"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))


def _narrowing(model: ModelProto) -> list[str]:
    """The names of the products with fewer outputs than inputs, the input not smoothed."""
    return [
        node.name
        for node, (rows, columns) in matrices(model)
        if node.op_type == "MatMul" and rows > columns and not node.input[0].endswith(SMOOTHED)
    ]


def matrices(model: ModelProto) -> list[tuple[NodeProto, tuple[int, int]]]:
    """Return the nodes whose second input is a constant matrix, with its (rows, columns)."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer if len(tensor.dims) == 2}
    nodes = [node for node in model.graph.node if len(node.input) > 1 and node.input[1] in shapes]
    return [(node, (shapes[node.input[1]][0], shapes[node.input[1]][1])) for node in nodes]


def _codes(weights: npt.NDArray[np.float32], *, axis: int) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return symmetric int8 codes and the scale of each row or column; `axis` is the one shared."""
    values = weights.astype(np.float32)
    scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True) / np.float32(_LARGEST), np.float32(1e-12))
    return np.clip(np.rint(values / scale), -_LARGEST, _LARGEST).astype(np.int8), scale
