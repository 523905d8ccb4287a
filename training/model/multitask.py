"""One encoder with a sentiment head, a multi-label topic head and an entity sentiment head, in one pass."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from services.inference.bundle import load_bundle
from training.config import ModelConfig
from training.data.registry import SENTIMENTS
from training.model.encoder import EncoderModel, freeze, load_encoder

CONVENTIONS = ("convention", "entity_convention")
"""Heads with three rows a convention."""


class MultiTaskModel(EncoderModel):
    """Mean-pooled encoder states, dropout, and one linear layer a task.

    The entity head is linear in each token's state and in the pooled text, so the mean of its logits over the
    tokens of an entity is the logit of the mean-pooled span: any number of entities costs no further pass.

    Sets disagree about what negative means. So sentiment comes in several *readings*: the general one (0), and one
    for the convention of each set in `conventions`, which is the general one plus a linear correction.
    """

    def __init__(
        self, *, encoder: PreTrainedModel, topics: int, head_dropout: float, conventions: Sequence[str] = ()
    ) -> None:
        super().__init__()
        width = int(encoder.config.hidden_size)
        self.conventions = tuple(conventions)
        self.encoder = encoder
        self.dropout = nn.Dropout(head_dropout)
        self.sentiment = nn.Linear(width, len(SENTIMENTS))
        self.topic = nn.Linear(width, topics)
        self.entity = nn.Linear(width, len(SENTIMENTS))
        self.entity_context = nn.Linear(width, len(SENTIMENTS), bias=False)
        self.convention = _zero_linear(width, len(self.conventions) * len(SENTIMENTS))
        self.entity_convention = _zero_linear(width, len(self.conventions) * len(SENTIMENTS))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Score a batch.

        :param input_ids: *Shape:* (batch, tokens), int64.
        :param attention_mask: *Shape:* (batch, tokens), int64, 1 for a token and 0 for padding.
        :returns: sentiment logits, *Shape:* (batch, readings, 3), topic logits, *Shape:* (batch, topics), and the
            entity logits of each token, *Shape:* (batch, tokens, readings, 3); see `entity_logits`.
        """
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = self.dropout(mean_pool(states, attention_mask))
        dropped = self.dropout(states)
        sentiment = with_conventions(self.sentiment(pooled), self.convention(pooled))
        tokens = self.entity(dropped) + self.entity_context(pooled).unsqueeze(1)
        return sentiment, self.topic(pooled), with_conventions(tokens, self.entity_convention(dropped))


def with_conventions(general: Tensor, corrections: Tensor) -> Tensor:
    """All readings of sentiment logits, the general one first.

    *Shapes:* general (..., 3), corrections (..., conventions * 3); returns (..., 1 + conventions, 3).
    """
    general = general.unsqueeze(-2)
    own = general + corrections.unflatten(-1, (-1, general.shape[-1])) if corrections.shape[-1] else general[..., :0, :]
    return torch.cat((general, own), dim=-2)


def _zero_linear(width: int, outputs: int) -> nn.Linear:
    """A linear layer that gives nothing until it has learnt something."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a model without conventions: that no weight can be drawn for it
        layer: nn.Linear = nn.utils.skip_init(nn.Linear, width, outputs)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    return layer


def mean_pool(states: Tensor, attention_mask: Tensor) -> Tensor:
    """Mean over the tokens that are no padding. *Shapes:* (batch, tokens, width), (batch, tokens); (batch, width)."""
    weights = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)


def entity_logits(token_logits: Tensor, rows: Tensor, weights: Tensor) -> Tensor:
    """Pool the entity logits of tokens over the tokens of each entity.

    *Shapes:* token_logits (batch, tokens, readings, 3), rows (entities,), weights (entities, tokens); returns
    (entities, readings, 3).
    """
    return torch.einsum("et,etrc->erc", weights.to(token_logits.dtype), token_logits[rows])


def new_model(config: ModelConfig, topics: int, conventions: Sequence[str] = ()) -> MultiTaskModel:
    """Load the base encoder and put fresh heads on it; a bundle as the base brings its own heads where they fit.

    A bundle's conventions are taken over by name; new ones begin as the general reading. Where a bundle has no
    entity head, each entity begins with the sentiment of its text, as serving reads such a bundle.

    :raises ConfigError: when the base is neither a folder with a model nor a name that the hub knows.
    :raises CheckpointError: when the base is a bundle of another layout.
    """
    encoder, heads = load_encoder(config.location, config.encoder_dropout)
    model = MultiTaskModel(encoder=encoder, topics=topics, head_dropout=config.head_dropout, conventions=conventions)
    if heads:
        heads = _by_name(with_entity_head(heads), load_bundle(Path(config.location)).manifest.conventions, conventions)
        expected = model.state_dict()
        fitting = {name: value for name, value in heads.items() if expected[name].shape == value.shape}
        model.load_state_dict(fitting, strict=False)
    freeze(encoder, config.frozen_layers)
    return model


def with_entity_head(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of heads and, where they lack an entity head, one that gives the sentiment of the whole text."""
    if "entity.weight" in state:
        return dict(state)
    weight, bias = state["sentiment.weight"], state["sentiment.bias"]
    return {**state, "entity.weight": torch.zeros_like(weight), "entity.bias": bias, "entity_context.weight": weight}


def _by_name(state: Mapping[str, Tensor], old: Sequence[str], new: Sequence[str]) -> dict[str, Tensor]:
    """The state with the rows of the conventions in another order; zeros for those that the state has not."""
    moved = dict(state)
    for head in CONVENTIONS:
        for name in (f"{head}.weight", f"{head}.bias"):
            if name in state:
                rows = state[name].reshape(len(old), len(SENTIMENTS), *state[name].shape[1:])
                found = [rows[old.index(one)] if one in old else torch.zeros_like(rows[0]) for one in new]
                moved[name] = torch.cat(found) if found else state[name][:0]
    return moved


def model_from_folder(
    folder: Path, config: ModelConfig, topics: int, conventions: Sequence[str] = ()
) -> MultiTaskModel:
    """Build the model with random weights from the `config.json` in a folder.

    Attention is computed step by step (eager), which the exporter needs and the CPU does not mind.
    """
    encoder_config = AutoConfig.from_pretrained(folder)
    encoder = cast(
        PreTrainedModel, AutoModel.from_config(encoder_config, add_pooling_layer=False, attn_implementation="eager")
    )
    return MultiTaskModel(encoder=encoder, topics=topics, head_dropout=config.head_dropout, conventions=conventions)
