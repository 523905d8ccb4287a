"""The torch model as an ONNX graph with fused transformer blocks."""

import warnings
from pathlib import Path

import torch
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

from training.errors import ExportError
from training.model.multitask import MultiTaskModel

INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("sentiment_logits", "topic_logits")
_OPSET = 17


def export_graph(model: MultiTaskModel, path: Path) -> None:
    """Write the model as fp32 ONNX: int64 inputs (batch, tokens), float outputs (batch, classes).

    The model must have been built with eager attention: its plain graph is what the fusion knows.
    """
    input_ids = torch.ones((2, 8), dtype=torch.int64)
    mask = torch.ones_like(input_ids)
    mask[1, 5:] = 0
    axes = {name: {0: "batch", 1: "tokens"} for name in INPUTS} | {name: {0: "batch"} for name in OUTPUTS}
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's notes about shapes: the parity check covers them
        torch.onnx.export(
            model,
            (input_ids, mask),
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,  # the graph that the fusion below was written for; needs no onnxscript
        )


def fuse_graph(source: Path, target: Path, *, heads: int, width: int) -> dict[str, int]:
    """Fuse attention, GELU and layer norm of a BERT graph, and return how often each was fused.

    The embedding is left as single nodes, so that its table can become int8 afterwards.

    :raises ExportError: when nothing was fused: the graph would be slow and hard to quantise.
    """
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    fused = optimizer.optimize_model(
        str(source),
        model_type="bert",
        num_heads=heads,
        hidden_size=width,
        optimization_options=options,
        opt_level=0,
    )
    statistics = {name: count for name, count in fused.get_fused_operator_statistics().items() if count}
    if not statistics.get("Attention"):
        raise ExportError(f"fusion found no attention block, only {statistics}")
    fused.save_model_to_file(str(target))
    return statistics
