"""The pooled text as an output of a graph that was exported without it."""

from __future__ import annotations

from onnx import ModelProto, NodeProto, TensorProto, helper

from services.inference.added_topics import POOLED_OUTPUT
from training.errors import ExportError

_HEAD = "sentiment.weight"
_PRODUCTS = ("Gemm", "MatMul", "MatMulInteger")


def expose_pooled(model: ModelProto) -> ModelProto:
    """Return a copy of an exported graph, int8 or fp32, with the output `pooled` (batch, width), float.

    It is the very tensor that the sentiment head reads, before an int8 head rounds it; all other outputs stay as
    they are. A graph that has the output already comes back as it is.

    :raises ExportError: when the graph has no sentiment head.
    """
    if has_pooled(model):
        return model
    copy = ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    head = next((node for node in graph.node if _is_head(node)), None)
    if head is None:
        raise ExportError(f"the graph has no product with {_HEAD}: it was not made by groundswell export")
    source = head.input[0]
    maker = next((node for node in graph.node if source in node.output), None)
    if maker is not None and maker.op_type == "DynamicQuantizeLinear":
        source = maker.input[0]
    graph.node.append(helper.make_node("Identity", [source], [POOLED_OUTPUT], name="pooled_output"))
    graph.output.append(helper.make_tensor_value_info(POOLED_OUTPUT, TensorProto.FLOAT, ["batch", "width"]))
    return copy


def has_pooled(model: ModelProto) -> bool:
    """Whether a graph gives the pooled text, so that topics added to it can be served."""
    return POOLED_OUTPUT in {output.name for output in model.graph.output}


def _is_head(node: NodeProto) -> bool:
    return node.op_type in _PRODUCTS and any(name.startswith(_HEAD) for name in node.input)
