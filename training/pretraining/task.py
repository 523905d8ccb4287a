"""Masked language modelling as a task of the loop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.learning.task import Validation
from training.pretraining.batches import MaskedBatch, development_batches, masked_batch
from training.pretraining.config import PretrainConfig
from training.pretraining.masking import MaskRule
from training.pretraining.model import MaskedLanguageModel


@dataclass(frozen=True)
class PretrainData:
    """Tokenised texts of both sides, and how they are masked and padded."""

    train: Sequence[Sequence[int]]
    dev: Sequence[Sequence[int]]
    rule: MaskRule
    pad_id: int


class MaskedLanguageTask:
    """Masked batches, the loss of the guesses, and that on the development texts, which are always masked alike."""

    def __init__(self, model: MaskedLanguageModel, data: PretrainData, config: PretrainConfig) -> None:
        self._model = model
        self._data = data
        self._seed = config.seed
        self.lengths = [len(ids) for ids in data.train]
        self.development = development_batches(data.dev, data.rule, data.pad_id, config.batch_tokens)

    def batch(self, rows: Sequence[int], step: int) -> MaskedBatch:
        """Some texts, masked as they are in a step."""
        draws = [Random(f"{self._seed} {step} {row}") for row in rows]
        return masked_batch([self._data.train[row] for row in rows], draws, self._data.rule, self._data.pad_id)

    def loss(self, wrapped: nn.Module, batch: MaskedBatch) -> Tensor:
        """The mean of -log P(piece), in nats, over the pieces to guess."""
        logits = wrapped(batch.input_ids, batch.attention_mask, batch.rows, batch.positions)
        return functional.cross_entropy(logits, batch.targets)

    def validate(self) -> Validation:
        """The loss on the development texts; the score is its negative."""
        loss = development_loss(self._model, self.development)
        return Validation(-loss, {"dev/loss": loss, "dev/pseudo_perplexity": math.exp(loss)})


def development_loss(model: MaskedLanguageModel, batches: Sequence[MaskedBatch]) -> float:
    """The mean of -log P(piece), in nats, over all pieces to guess; the mode of the model is put back afterwards.

    Its exponential is a pseudo-perplexity: many pieces are masked at once, unlike in that of Salazar et al. 2020,
    https://arxiv.org/abs/1910.14659, so only figures over the same masked texts can be compared.
    """
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.inference_mode():
        for batch in (one.to(device) for one in batches):
            logits = model(batch.input_ids, batch.attention_mask, batch.rows, batch.positions)
            total += functional.cross_entropy(logits, batch.targets, reduction="sum").item()
            count += len(batch.targets)
    model.train(was_training)
    return total / count
