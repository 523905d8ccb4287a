"""The score of one window: a number and a share that are both rare, and enough texts to say so."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
from scipy.stats import nbinom

from services.detector import score as module
from services.detector.baseline import Baseline
from services.detector.params import Params
from services.detector.priors import KindPriors
from services.detector.score import Window, control, surprise

PARAMS, PRIORS = Params(), KindPriors()
BASELINE = Baseline(texts=50.0, exposure=200.0, negative=10.0, other=70.0, squared_mean=20.0, squared_excess=14.0)
"""A quarter of a text an hour, one in eight negative."""


def share_score(texts: float, negative: float, mean: float = 1.0) -> float:
    """B"""
    return module._share(BASELINE, PRIORS, PARAMS, Window(texts, negative, mean, 60))


def number_score(texts: float, negative: float, mean: float = 1.0) -> float:
    """S"""
    window = Window(texts, negative, mean, 60)
    expected = mean * BASELINE.share(PRIORS, PARAMS) * control(BASELINE, PRIORS, PARAMS, window)
    return module._number(BASELINE, PRIORS, PARAMS, window, expected)


def value(texts: float, negative: float, mean: float = 1.0, baseline: Baseline = BASELINE) -> float:
    return surprise(baseline, PRIORS, PARAMS, Window(texts, negative, mean, 60)).value


def test_the_share_is_blind_to_volume() -> None:
    assert share_score(40.0, 9.0, mean=0.1) == share_score(40.0, 9.0, mean=1.0) == share_score(40.0, 9.0, mean=40.0)
    assert number_score(40.0, 9.0, mean=0.1) > number_score(40.0, 9.0, mean=40.0) + 1.0


def test_the_usual_share_is_no_surprise_in_any_volume() -> None:
    usual = BASELINE.share(PRIORS, PARAMS)
    for texts in (20.0, 60.0, 200.0):
        assert share_score(texts, usual * texts) < 0.5
        assert value(texts, usual * texts) < 0.75


@pytest.mark.parametrize("score", [share_score, number_score, value])
def test_more_negative_texts_score_higher(score: Callable[[float, float], float]) -> None:
    values = [score(12.0, negative) for negative in (1.6, 2.4, 3.2, 4.8, 6.4, 8.0, 9.5)]
    assert all(low < high for low, high in itertools.pairwise(values))


def test_more_texts_that_are_not_negative_score_lower() -> None:
    for score in (share_score, number_score, value):
        values = [score(texts, 4.0) for texts in (5.0, 8.0, 15.0, 40.0, 120.0)]
        assert all(low > high for low, high in itertools.pairwise(values))


def test_the_least_of_number_share_and_excess_counts() -> None:
    found = surprise(BASELINE, PRIORS, PARAMS, Window(9.0, 7.0, 1.0, 60))
    excess = PARAMS.excess_factor * (found.observed - found.expected)
    parts = (number_score(9.0, 7.0), PARAMS.share_factor * share_score(9.0, 7.0), excess)
    assert found.value == min(parts)
    assert (found.observed, found.texts, found.minutes) == (7.0, 9.0, 60)
    assert len({round(part, 6) for part in parts}) == 3


def test_fewer_negative_units_than_one_and_a_half_score_nothing() -> None:
    assert value(1.8, 1.49) == 0.0
    assert value(1.8, 1.51) > 0.0


def test_a_positive_wave_lowers_the_score_of_the_negative_texts_in_it() -> None:
    assert value(43.0, 3.0) < 0.2 * value(3.0, 3.0)


def test_at_whole_counts_the_number_is_the_tail_of_a_negative_binomial() -> None:
    window = Window(30.0, 4 * PARAMS.unit, 2.0, 60)
    v = control(BASELINE, PRIORS, PARAMS, window)
    p = BASELINE.share(PRIORS, PARAMS)
    expected = 2.0 * p * v
    x = (30.0 - 1.35 * window.negative) / 1.7
    r = 1.0 / (BASELINE.dispersion(PRIORS, PARAMS) + 1.0 / (BASELINE.texts + 1.0))
    inverse = 0.2 + (1.0 - p) / (p * (80.0 + 21.0)) + 1.0 / (r + x) + 0.7 / expected
    shape, mean = 1.0 / inverse, expected / PARAMS.unit
    tail = nbinom.sf(3, shape, shape / (shape + mean))
    assert number_score(30.0, 4 * PARAMS.unit, mean=2.0) == pytest.approx(-math.log10(tail), rel=1e-6)


def test_a_silent_key_is_not_expected_to_be_quieter_than_three_tenths() -> None:
    assert control(BASELINE, PRIORS, PARAMS, Window(0.0, 0.0, 500.0, 60)) == 0.3
    assert control(BASELINE, PRIORS, PARAMS, Window(40.0, 0.0, 1.0, 60)) > 5.0


def test_no_score_is_infinite() -> None:
    assert math.isfinite(value(5_000.0, 4_000.0, mean=0.01))
