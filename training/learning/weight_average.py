"""The exponential moving average of the weights: validated, saved as best and exported in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class WeightAverage:
    """Follows the trained parameters of a model; Polyak and Juditsky 1992, with exponential weights.

    The decay grows from 0.1 to `decay` with the steps, as (1 + step) / (10 + step), so that the start of a run
    is forgotten. A decay of 0 keeps no average: the weights themselves are used.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._weights = nn.ParameterList(each for each in model.parameters() if each.requires_grad and decay)
        self._average = AveragedModel(self._weights, multi_avg_fn=partial(_update, decay))
        self._average.n_averaged += 1  # the weights at the start are the first

    def update(self) -> None:
        """Take in the weights after a step."""
        if len(self._weights):
            self._average.update_parameters(self._weights)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the average in the place of the weights, and the weights back afterwards."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def state_dict(self) -> dict[str, Any]:
        """The averages, in the order of the parameters, and how many weights they are of."""
        return self._average.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self._average.load_state_dict(state)

    def _swap(self) -> None:
        for weight, average in zip(self._weights, self._average.parameters(), strict=True):
            weight.data, average.data = average.data, weight.data


def _update(decay: float, averages: list[Tensor], weights: list[Tensor], averaged: Tensor | int) -> None:
    """Move averages of so many weights towards the next ones."""
    count = int(averaged)
    move = get_ema_multi_avg_fn(min(decay, count / (count + 9)))  # type: ignore[no-untyped-call]
    move(averages, weights, averaged)
