"""Is the model as often right as it looks sure? Reliability diagram and expected calibration error.

Guo et al. 2017, https://arxiv.org/abs/1706.04599.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Prediction

BINS = 15
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Bin:
    """Decisions of similar confidence: how many, how sure on average, and which share is right."""

    decisions: int
    confidence: float
    accuracy: float


def reliability(confidences: Floats, right: Bools) -> tuple[Bin, ...]:
    """Sort decisions into 15 bins of equal width, from 0 to 1; empty ones are left out. *Shapes:* both (decisions,)."""
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    members = [places == index for index in np.unique(places)]
    return tuple(Bin(int(one.sum()), float(confidences[one].mean()), float(right[one].mean())) for one in members)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean of |share that is right - mean confidence| over all decisions."""
    total = sum(one.decisions for one in bins)
    return sum(one.decisions * abs(one.accuracy - one.confidence) for one in bins) / max(1, total)


def expected_calibration_error(confidences: Floats, right: Bools) -> float:
    """`calibration_error` of decisions. *Shapes:* both (decisions,)."""
    return calibration_error(reliability(confidences, right))


def decisions(space: LabelSpace, found: Sequence[Prediction]) -> tuple[Floats, Bools]:
    """How sure each decision of the labelled rows is, and whether it is right. *Shapes:* (decisions,).

    In a multi-label task every label of every row is a decision: its probability, and whether the row has it. Else it
    is one a row: the probability of the predicted label.
    """
    labelled = [(one, one.gold) for one in found if one.gold is not None]
    if space.multi:
        pairs = [(one.probabilities[name], name in gold) for one, gold in labelled for name in space.labels]
    else:
        pairs = [(one.probabilities[one.predicted[0]], one.predicted == gold) for one, gold in labelled]
    return np.array([sure for sure, _ in pairs], dtype=np.float64), np.array([right for _, right in pairs], dtype=bool)
