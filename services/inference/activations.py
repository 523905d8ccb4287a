"""From logits to probabilities, in double precision."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """*Shape:* (batch, classes) logits to probabilities that sum to 1, in double precision."""
    wide = logits.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def sigmoid(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """*Shape:* (batch, labels) logits to independent probabilities; the exponent is never positive."""
    wide = logits.astype(np.float64)
    small = np.exp(-np.abs(wide))
    return np.where(wide >= 0, 1.0, small) / (1.0 + small)
