"""Which texts are worth labelling: those of which a model is unsure, and that differ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.inference.added_topics import unit

Floats = npt.NDArray[np.float64]
_COPY = 1e-9
"""Square of a distance that is none."""


def margins(probabilities: Floats) -> Floats:
    """The lead of the most probable class over the next, 0 where the model is least sure.

    Scheffer et al. 2001, Active Hidden Markov Models for Information Extraction. *Shapes:* (texts, classes); (texts,).
    """
    ordered = np.sort(probabilities, axis=1)
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def least_sure(probabilities: Floats, most: int) -> list[int]:
    """The texts with the smallest margins, the smallest first; ties by position. *Shape:* (texts, classes)."""
    return [int(row) for row in np.argsort(margins(probabilities), kind="stable")[:most]]


def spread_out(pooled: Floats, count: int) -> list[int]:
    """Choose up to `count` texts that differ: the first, then always the one farthest from all those chosen.

    Greedy k-centre, Sener and Savarese 2018, https://arxiv.org/abs/1708.00489, algorithm 1. Pooled vectors all have
    much in common, so each is taken less the mean of all, and brought to length 1. Copies are chosen once.

    *Shape:* pooled (texts, width).
    """
    points = unit(pooled - pooled.mean(axis=0))
    distances = np.full(len(points), np.inf)
    chosen: list[int] = []
    while len(chosen) < min(count, len(points)):
        farthest = int(distances.argmax())
        if distances[farthest] < _COPY:
            break
        chosen.append(farthest)
        distances = np.minimum(distances, ((points - points[farthest]) ** 2).sum(axis=1))
    return chosen
