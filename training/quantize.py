"""Int8 weights: signed and per channel in the encoder, per row in the embedding table."""

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.errors import ExportError

_LARGEST = 127.0


def quantize(source: Path, target: Path) -> None:
    """Quantise the matrix products dynamically (U8S8) and the word embeddings by row.

    Weights use 7 of their 8 bits: without VNNI the kernel adds pairs of products in 16 bits, which
    overflow with 8-bit weights, and the same model must give the same answers on every CPU.

    :raises ExportError: when the graph has no embedding table.
    """
    quantize_dynamic(
        str(source),
        str(target),
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    graph = onnx.load(str(target))
    quantize_embedding(graph)
    onnx.save_model(graph, str(target))


def quantize_embedding(model: ModelProto) -> None:
    """Replace the largest gathered table by int8 rows and one scale a row.

    ``Gather(table)`` (tokens, width) becomes ``Cast(Gather(int8)) * Gather(scale)``, where the scale
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
    weights = numpy_helper.to_array(table).astype(np.float32)
    scale = np.maximum(np.abs(weights).max(axis=1, keepdims=True) / _LARGEST, np.float32(1e-12))
    codes = np.clip(np.rint(weights / scale), -_LARGEST, _LARGEST).astype(np.int8)
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
    graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale"))
