"""Which labels are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Prediction

NOTHING = "(none)"
"""The column of multi-label rows for which no label was predicted."""


@dataclass(frozen=True)
class Confusion:
    """`counts[i][j]`: rows with the gold label `labels[i]` that were predicted `columns[j]`.

    In a multi-label task a row counts under each of its labels: on the diagonal where that one was given, and in the
    column of each label that was given wrongly.
    """

    labels: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def confusion(space: LabelSpace, found: Sequence[Prediction]) -> Confusion:
    """Count the labelled rows of a task."""
    columns = (*space.labels, NOTHING) if space.multi else space.labels
    rows, places = ({name: index for index, name in enumerate(names)} for names in (space.labels, columns))
    counts = [[0] * len(columns) for _ in space.labels]
    for gold, predicted in ((one.gold or (), one.predicted or (NOTHING,)) for one in found):
        for label in gold:
            for given in predicted:
                if given == label or given not in gold:
                    counts[rows[label]][places[given]] += 1
    return Confusion(space.labels, tuple(columns), tuple(map(tuple, counts)))
