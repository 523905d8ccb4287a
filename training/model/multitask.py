"""One encoder with a sentiment head and a multi-label topic head."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from training.config import ModelConfig
from training.data.registry import SENTIMENTS


class SentimentTopicModel(nn.Module):
    """Mean-pooled encoder states, dropout, and one linear layer a task."""

    def __init__(self, *, encoder: PreTrainedModel, topics: int, head_dropout: float) -> None:
        super().__init__()
        width = int(encoder.config.hidden_size)
        self.encoder = encoder
        self.dropout = nn.Dropout(head_dropout)
        self.sentiment = nn.Linear(width, len(SENTIMENTS))
        self.topic = nn.Linear(width, topics)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score a batch.

        :param input_ids: *Shape:* (batch, tokens), int64.
        :param attention_mask: *Shape:* (batch, tokens), int64, 1 for a token and 0 for padding.
        :returns: sentiment logits, *Shape:* (batch, 3), and topic logits, *Shape:* (batch, topics).
        """
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
        pooled = self.dropout(pooled)
        return self.sentiment(pooled), self.topic(pooled)


def new_model(config: ModelConfig, topics: int) -> SentimentTopicModel:
    """Load the base encoder and put fresh heads on it.

    :raises OSError: when the base is neither a folder with a model nor a name that the hub knows.
    """
    encoder = AutoModel.from_pretrained(
        config.location,
        dtype=torch.float32,
        hidden_dropout_prob=config.encoder_dropout,
        attention_probs_dropout_prob=config.encoder_dropout,
        add_pooling_layer=False,
    )
    model = SentimentTopicModel(encoder=encoder, topics=topics, head_dropout=config.head_dropout)
    freeze(model, config.frozen_layers)
    return model


def model_from_folder(folder: Path, config: ModelConfig, topics: int) -> SentimentTopicModel:
    """Build the model with random weights from the ``config.json`` in a folder.

    Attention is computed step by step (eager), which the exporter needs and the CPU does not mind.
    """
    encoder_config = AutoConfig.from_pretrained(folder)
    encoder = cast(
        PreTrainedModel, AutoModel.from_config(encoder_config, add_pooling_layer=False, attn_implementation="eager")
    )
    return SentimentTopicModel(encoder=encoder, topics=topics, head_dropout=config.head_dropout)


def freeze(model: SentimentTopicModel, layers: int) -> None:
    """Freeze the embeddings and the lowest ``layers`` layers; -1 freezes nothing."""
    if layers < 0:
        return
    encoder = model.encoder
    frozen: list[nn.Module] = [encoder.get_submodule("embeddings")]
    stack = cast(nn.ModuleList, encoder.get_submodule("encoder.layer"))
    frozen += list(stack)[:layers]
    for module in frozen:
        for parameter in module.parameters():
            parameter.requires_grad = False
