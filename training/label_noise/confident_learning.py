"""Label noise: rows whose label the model's probabilities confidently contradict (confident learning).

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
Journal of Artificial Intelligence Research 70, https://arxiv.org/abs/1911.00068.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Suspect:
    """A row whose label is doubtful: the class it confidently belongs to, and by how much more probable that is."""

    row: int
    label: int
    suggested: int
    margin: float


def confident_classes(labels: Sequence[int], probabilities: ArrayLike) -> NDArray[Any]:
    """The class that each row confidently belongs to, -1 where there is none.

    A row belongs confidently to the most probable of the classes whose probability reaches that class's threshold:
    its mean over the rows with that label (equation 2 of the paper). A class that labels no row is never chosen.
    *Shapes:* labels (rows,), probabilities (rows, classes); they must be out of fold, or they flatter the labels.

    :raises ValueError: when the numbers of rows differ or a label is no class.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    given = np.asarray(labels, dtype=np.int64)
    if values.ndim != 2 or len(values) != len(given):
        raise ValueError(f"expected probabilities of ({len(given)}, classes), got {values.shape}")
    classes = values.shape[1]
    if given.size and (given.min() < 0 or given.max() >= classes):
        raise ValueError(f"expected labels from 0 to {classes - 1}, got {given.min()} to {given.max()}")
    thresholds = np.full(classes, np.inf)
    for index in np.unique(given):
        thresholds[index] = values[given == index, index].mean()
    confident = values >= thresholds
    best = np.where(confident, values, -1.0).argmax(axis=1)
    return np.where(confident.any(axis=1), best, -1)


def confident_joint(labels: Sequence[int], probabilities: ArrayLike) -> NDArray[Any]:
    """Count rows by label and confident class (equation 1). *Shape:* (classes, classes), labels first."""
    found = confident_classes(labels, probabilities)
    classes = np.asarray(probabilities).shape[1]
    joint = np.zeros((classes, classes), dtype=np.int64)
    for label, other in zip(labels, found, strict=True):
        if other >= 0:
            joint[label, other] += 1
    return joint


def suspects(labels: Sequence[int], probabilities: ArrayLike) -> list[Suspect]:
    """Rows off the diagonal of the confident joint, the most doubtful first.

    Doubt is the normalised margin: the probability of the suggested class less that of the label. Parameters and
    errors as `confident_classes`.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    found = [
        Suspect(row, int(label), int(other), float(values[row, other] - values[row, label]))
        for row, (label, other) in enumerate(zip(labels, confident_classes(labels, values), strict=True))
        if other >= 0 and other != label
    ]
    return sorted(found, key=lambda one: (-one.margin, one.row))
