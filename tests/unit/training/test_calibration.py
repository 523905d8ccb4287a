"""Temperatures, calibration error and the abstain band."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from services.inference.calibration import soften, soften_binary
from services.text.mentions import Named
from training.data.examples import EntityTarget, Example
from training.export.abstain_band import abstain_bands
from training.export.temperatures import by_language, calibrated, fit_temperatures
from training.metrics.probabilities import Probabilities
from training.metrics.reliability import expected_calibration_error


def overconfident(rows: int) -> tuple[list[Example], Probabilities]:
    """Texts that are right in 73 % of the cases where the model says 95 %: logits three times too large."""
    draw = random.Random(1)
    examples, values = [], Probabilities([], [], [])
    honest, shown = math.e / (math.e + 1), math.e**3 / (math.e**3 + 1)
    for index in range(rows):
        label = 0 if draw.random() < honest else 1
        towards = EntityTarget(Named("x"), "l", (label,), (0, 1, 2))
        examples.append(
            Example(str(index), "s", "en", f"shares {index}", (), (label,), (0, 1, 2), (), (), False, (towards,))
        )
        tones = [shown, 1 - shown, 1e-9]
        values.sentiment.append(tones)
        values.topics.append([])
        values.entities.append([tones])
    return examples, values


def test_a_model_three_times_too_sure_gets_the_temperature_three() -> None:
    examples, values = overconfident(4000)
    fitted = fit_temperatures(examples, values)
    assert [(one.language, one.head) for one in fitted] == [("en", "sentiment"), ("en", "entities")]
    for one in fitted:
        assert one.temperature == pytest.approx(3.0, rel=0.12)
        assert one.before > 0.2
        assert one.after < 0.02
    soft = calibrated(examples, values, by_language(fitted))
    assert soft.sentiment[0][0] == pytest.approx(0.73, abs=0.03)
    assert soft.entities[0][0] == soft.sentiment[0]


def test_a_label_of_two_classes_is_as_sure_as_both_together() -> None:
    """A set that only tells negative from not negative: P(not negative) = 0.8 is right in four of five cases."""
    labels = [(0,) if index % 5 == 0 else (1, 2) for index in range(200)]
    examples = [
        Example(str(i), "s", "en", f"shares {i}", (), one, (0, 1, 2), (), (), False) for i, one in enumerate(labels)
    ]
    (fitted,) = fit_temperatures(examples, Probabilities([[0.2, 0.4, 0.4]] * 200, [[]] * 200, [[]] * 200))
    assert fitted.before == pytest.approx(0.0, abs=1e-9)
    assert fitted.after < 0.1


def test_too_few_decisions_change_nothing() -> None:
    examples, values = overconfident(99)
    assert fit_temperatures(examples, values) == []
    assert calibrated(examples, values, {}) == values


def test_calibration_error_by_hand() -> None:
    confidences = np.array([0.9, 0.9, 0.6, 0.6])
    right = np.array([True, False, True, True])
    assert expected_calibration_error(confidences, right) == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)


def test_the_band_holds_the_least_sure_tenth() -> None:
    examples = [Example(str(i), "s", "en", "shares", (), (0,), (0, 1, 2), (), (), False) for i in range(200)]
    tones = [[0.4, 0.5, 0.1] if i < 20 else [0.8, 0.1, 0.1] for i in range(200)]
    (band,) = abstain_bands(examples, Probabilities(tones, [[]] * 200, [[]] * 200))
    assert (band.language, band.texts, band.accuracy_inside, band.accuracy_outside) == ("en", 20, 0.0, 1.0)
    assert 0.5 < band.below <= 0.8


def test_softening_keeps_the_order_and_the_sum() -> None:
    assert soften((0.8, 0.15, 0.05), 1.0) == (0.8, 0.15, 0.05)
    soft = soften((0.8, 0.15, 0.05), 2.0)
    assert sum(soft) == pytest.approx(1.0)
    assert soft[0] / soft[1] == pytest.approx(math.sqrt(0.8 / 0.15))
    assert soften_binary(0.9, 2.0) == pytest.approx(0.75)
