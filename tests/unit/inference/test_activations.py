"""Logits to probabilities, at the edge of what floats hold."""

from __future__ import annotations

import numpy as np
import pytest

from services.inference.activations import sigmoid, softmax


def test_huge_logits_stay_probabilities() -> None:
    logits = np.array([[1e30, 0, -1e30], [-1e30, -1e30, -1e30]], dtype=np.float32)
    assert softmax(logits).tolist() == [[1, 0, 0], pytest.approx([1 / 3] * 3)]
    assert sigmoid(logits).tolist() == [[1, 0.5, 0], [0, 0, 0]]
