"""What each text adds to the scores of a task: every score here is a ratio of sums over texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = tuple[str, ...]
NEGATIVE = "negative"


@dataclass(frozen=True)
class Counts:
    """Of the labelled texts of one task. A text may hold several decisions, one for each of its entities.

    *Shapes:* `decisions` and `right` (texts,); `hits`, `given` and `gold` (texts, labels): how often a
    label was given rightly, was given, and should have been.
    """

    labels: tuple[str, ...]
    multi: bool
    decisions: Floats
    right: Floats
    hits: Floats
    given: Floats
    gold: Floats


def count(
    gold: Sequence[Labels],
    predicted: Sequence[Labels],
    labels: Sequence[str],
    *,
    multi: bool,
    texts: Sequence[int] | None = None,
) -> Counts:
    """Count decisions by text; `texts` are the numbers of the texts they belong to (by default one text each).

    :raises ValueError: when there are not as many predictions as golds.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"expected as many predictions as golds, got {len(predicted)} and {len(gold)}")
    should, said = _masks(gold, labels), _masks(predicted, labels)
    right = np.array([set(one) == set(other) for one, other in zip(gold, predicted, strict=True)], dtype=np.float64)
    columns = [np.ones_like(right), right, should * said, said, should]
    if texts is not None:
        _, group = np.unique(np.asarray(texts), return_inverse=True)
        columns = [_sums(column, group) for column in columns]
    decisions, right, hits, given, wanted = columns
    return Counts(tuple(labels), multi, decisions, right, hits, given, wanted)


def metrics(counts: Counts, weights: Floats | None = None) -> dict[str, Floats]:
    """Every score that fits the task, by name, for each weighting of the texts (by default one: all count once).

    `accuracy`; `macro_f1` over the labels that occur in the gold of the weighted texts (over all, when none
    does); `micro_f1` in multi-label tasks; else `negative_f1` where that label occurs. *Shapes:* weights
    (weightings, texts), each score (weightings,).
    """
    by = np.ones((1, len(counts.decisions))) if weights is None else weights
    hits, given, gold = (by @ each for each in (counts.hits, counts.given, counts.gold))
    f1 = _ratio(2 * hits, given + gold)
    occurring = gold > 0
    occurring[~occurring.any(axis=1)] = True
    found = {
        "accuracy": (by @ counts.right) / (by @ counts.decisions),
        "macro_f1": (f1 * occurring).sum(axis=1) / occurring.sum(axis=1),
    }
    if counts.multi:
        found["micro_f1"] = _ratio(2 * hits.sum(axis=1), (given + gold).sum(axis=1))
    elif NEGATIVE in counts.labels and counts.gold[:, counts.labels.index(NEGATIVE)].any():
        found["negative_f1"] = f1[:, counts.labels.index(NEGATIVE)]
    return found


def _masks(rows: Sequence[Labels], labels: Sequence[str]) -> Floats:
    places = {label: index for index, label in enumerate(labels)}
    masks = np.zeros((len(rows), len(labels)))
    for row, names in enumerate(rows):
        masks[row, [places[name] for name in names if name in places]] = 1.0
    return masks


def _sums(column: Floats, group: npt.NDArray[np.intp]) -> Floats:
    sums = np.zeros((int(group.max()) + 1 if len(group) else 0, *column.shape[1:]))
    np.add.at(sums, group, column)
    return sums


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
