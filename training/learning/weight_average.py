"""The exponential moving average of the weights: judged, saved as best and exported in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """Follows the trained parameters of a model; Polyak and Juditsky 1992, with exponential weights.

    The decay grows from 0.1 to `decay` with the steps, as (1 + step) / (10 + step), so that the start of a run
    is forgotten. A decay of 0 keeps no average: the weights themselves are used.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._decay = decay
        self._live = [parameter for parameter in model.parameters() if parameter.requires_grad] if decay else []
        self._kept = [parameter.detach().clone() for parameter in self._live]

    def update(self, step: int) -> None:
        """Take in the weights after step `step` (from 0)."""
        if self._live:
            share = 1.0 - min(self._decay, (1 + step) / (10 + step))
            torch._foreach_lerp_(self._kept, [parameter.detach() for parameter in self._live], share)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the average in the place of the weights, and the weights back afterwards."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def state_dict(self) -> dict[str, list[Tensor]]:
        """The averages, in the order of the parameters."""
        return {"kept": self._kept}

    def load_state_dict(self, state: dict[str, list[Tensor]]) -> None:
        """Go on from what `state_dict` gave."""
        for kept, value in zip(self._kept, state["kept"], strict=True):
            kept.copy_(value)

    def _swap(self) -> None:
        for index, parameter in enumerate(self._live):
            kept = self._kept[index]
            self._kept[index] = parameter.detach().clone()
            parameter.data.copy_(kept)
