"""The torch model as an ONNX graph with fused transformer blocks."""

import warnings
from pathlib import Path

import torch
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from torch import Tensor, nn

from training.errors import ExportError
from training.model.multitask import MultiTaskModel, mean_pool

INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("sentiment_logits", "topic_logits", "entity_logits", "pooled")
_OPSET = 17


class _Served(nn.Module):
    """The model with what serving asks of it; the parts keep their names, and so do the weights in the graph."""

    def __init__(self, model: MultiTaskModel) -> None:
        super().__init__()
        self.encoder, self.sentiment, self.topic = model.encoder, model.sentiment, model.topic
        self.entity, self.entity_context = model.entity, model.entity_context

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = mean_pool(states, attention_mask)
        tokens = self.entity(states) + self.entity_context(pooled).unsqueeze(1)
        return self.sentiment(pooled), self.topic(pooled), tokens, pooled


def export_graph(model: MultiTaskModel, path: Path) -> None:
    """Write the model as fp32 ONNX: int64 inputs (batch, tokens), float outputs (batch, classes),
    the entity logits of each token (batch, tokens, 3) and the pooled text (batch, width), for topics added later.

    The model must have been built with eager attention: its plain graph is what the fusion knows.
    """
    input_ids = torch.ones((2, 8), dtype=torch.int64)
    mask = torch.ones_like(input_ids)
    mask[1, 5:] = 0
    axes = {name: {0: "batch", 1: "tokens"} for name in INPUTS} | {name: {0: "batch"} for name in OUTPUTS}
    axes["entity_logits"] = {0: "batch", 1: "tokens"}
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's notes about shapes: the parity check covers them
        torch.onnx.export(
            _Served(model),
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
