"""What the loop learns, and how it finds out how well: the side of the loop that differs between kinds of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import torch
from torch import Tensor, nn


class DeviceBatch(Protocol):
    """The tensors of a batch."""

    def to(self, device: torch.device) -> Self:
        """The same batch on a device."""


B = TypeVar("B", bound=DeviceBatch)


@dataclass(frozen=True)
class Validation:
    """How well a model does: `score` (higher is better) decides which weights are best, `values` are tracked."""

    score: float
    values: Mapping[str, float]


class Task(Protocol[B]):
    """What is learnt, on which batches."""

    @property
    def lengths(self) -> Sequence[int]:
        """The tokens of each training text."""

    def batch(self, rows: Sequence[int], step: int) -> B:
        """The tensors of some texts as they are in a step: they follow from the seed, the rows and the step alone."""

    def loss(self, wrapped: nn.Module, batch: B) -> Tensor:
        """The loss of a batch, a scalar; `wrapped` is the model as it is run: itself, or spread over processes."""

    def validate(self) -> Validation:
        """Score the model as it is, on texts that are not trained on."""
