"""The torch model as an ONNX graph with fused transformer blocks."""

from __future__ import annotations

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
CONVENTION_OUTPUTS = ("sentiment_conventions", "entity_conventions")
"""Only where the model has conventions."""
_OPSET = 17


class _Served(nn.Module):
    """The model with what serving asks of it; the parts keep their names, and so do the weights in the graph."""

    def __init__(self, model: MultiTaskModel) -> None:
        super().__init__()
        self.encoder, self.sentiment, self.topic = model.encoder, model.sentiment, model.topic
        self.entity, self.entity_context = model.entity, model.entity_context
        self.convention, self.entity_convention = model.convention, model.entity_convention
        self._conventions = len(model.conventions)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = mean_pool(states, attention_mask)
        sentiment = self.sentiment(pooled)
        tokens = self.entity(states) + self.entity_context(pooled).unsqueeze(1)
        general = (sentiment, self.topic(pooled), tokens, pooled)
        if not self._conventions:
            return general
        own = torch.cat([sentiment] * self._conventions, dim=-1) + self.convention(pooled)
        own_tokens = torch.cat([tokens] * self._conventions, dim=-1) + self.entity_convention(states)
        return *general, own, own_tokens  # flat: the fusion loses its way among reshapes


def export_graph(model: MultiTaskModel, path: Path) -> None:
    """Write the model as fp32 ONNX: int64 inputs (batch, tokens), float outputs (batch, classes),
    the entity logits of each token (batch, tokens, 3) and the pooled text (batch, width), for topics added later;
    where it has conventions also the logits in each: (batch, conventions * 3) and (batch, tokens, conventions * 3).

    The model must have been built with eager attention: its plain graph is what the fusion knows.
    """
    input_ids = torch.ones((2, 8), dtype=torch.int64)
    mask = torch.ones_like(input_ids)
    mask[1, 5:] = 0
    outputs = (*OUTPUTS, *CONVENTION_OUTPUTS) if model.conventions else OUTPUTS
    axes = {name: {0: "batch"} for name in outputs}
    axes |= {name: {0: "batch", 1: "tokens"} for name in (*INPUTS, *outputs) if name in INPUTS or "entity" in name}
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's notes about shapes: the parity check covers them
        torch.onnx.export(
            _Served(model),
            (input_ids, mask),
            str(path),
            input_names=list(INPUTS),
            output_names=list(outputs),
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
