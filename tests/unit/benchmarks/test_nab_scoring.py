"""NAB's scoring, with values worked out from Lavin and Ahmad (2015)."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks.spikes.nab_scoring import normalised, probation, raw_score, scaled_sigmoid

ROWS = 10_000
WINDOWS = [(2000, 2099), (5000, 5199)]


def score(detected: list[int]) -> float:
    return normalised(raw_score(detected, ROWS, WINDOWS), len(WINDOWS))


def sigmoid(position: float) -> float:
    return 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0


@pytest.mark.parametrize(
    ("position", "value"), [(-1.0, 0.98661), (-0.5, 0.84828), (0.0, 0.0), (1.0, -0.98661), (3.0, -1.0), (50.0, -1.0)]
)
def test_the_sigmoid_has_the_values_of_the_paper(position: float, value: float) -> None:
    assert scaled_sigmoid(position) == pytest.approx(value, abs=1e-5)


def test_the_first_rows_of_all_windows_are_perfect() -> None:
    assert score([2000, 5000]) == pytest.approx(100.0)


def test_no_detection_is_the_null_detector() -> None:
    assert score([]) == 0.0


def test_one_window_of_two_is_half() -> None:
    assert score([5000]) == pytest.approx(50.0)


def test_a_late_detection_earns_less_and_the_last_row_next_to_nothing() -> None:
    middle, last = (raw_score([row], ROWS, WINDOWS[:1]) for row in (2050, 2099))
    assert middle == pytest.approx(sigmoid(-0.5) / sigmoid(-1.0))
    assert middle == pytest.approx(0.8598, abs=1e-4)
    assert last == pytest.approx(sigmoid(-0.01) / sigmoid(-1.0))
    assert last == pytest.approx(0.0253, abs=1e-4)


def test_only_the_earliest_detection_in_a_window_counts() -> None:
    assert score([2050, 2000, 2001, 2099, 5000]) == pytest.approx(100.0)


def test_a_false_positive_costs_less_right_after_a_window_than_far_from_it() -> None:
    near, one_length, far, before = (raw_score([row], ROWS, WINDOWS) + 2.0 for row in (2100, 2198, 4000, 1900))
    assert near == pytest.approx(0.11 * sigmoid(1 / 99))
    assert one_length == pytest.approx(-0.11 * 0.98661, abs=1e-6)
    assert far == before == pytest.approx(-0.11)
    assert near > one_length > far


def test_every_false_positive_costs() -> None:
    assert raw_score([1900, 1901, 1902], ROWS, WINDOWS) == pytest.approx(-2.0 - 3 * 0.11)


def test_distance_is_to_the_preceding_window() -> None:
    assert raw_score([5398], ROWS, WINDOWS) == pytest.approx(-2.0 + 0.11 * sigmoid(199 / 199))


def test_the_probationary_period_is_not_scored() -> None:
    assert [probation(rows) for rows in (100, 1999, 5000, 15_902)] == [15, 299, 750, 750]
    assert raw_score([0, 300, 749], ROWS, WINDOWS) == -2.0
    assert raw_score([750], ROWS, WINDOWS) == pytest.approx(-2.11)


def test_several_series_are_normalised_together() -> None:
    raw = raw_score([2000], ROWS, WINDOWS[:1]) + raw_score([], ROWS, WINDOWS)
    assert normalised(raw, 3) == pytest.approx(100.0 / 3.0)
