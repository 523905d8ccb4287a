"""The points of event time at which keys are aggregated, and the aggregates applied."""

from __future__ import annotations

import itertools

import pytest

from services.detector.days import Boundary, boundaries, start_of_day
from tests.factories import DAY, HOUR, START

DAY_0 = START // DAY


def test_start_of_day() -> None:
    assert [start_of_day(START + ms) for ms in (-1, 0, 1, DAY - 1)] == [START - DAY, START, START, START]


def test_a_day_is_aggregated_at_its_end_and_applied_an_hour_later() -> None:
    assert list(boundaries(START, START + DAY + HOUR)) == [
        Boundary(START + HOUR, DAY_0 - 1, "learn"),
        Boundary(START + DAY, DAY_0, "aggregate"),
        Boundary(START + DAY + HOUR, DAY_0, "learn"),
    ]


@pytest.mark.parametrize(
    ("after", "to", "found"),
    [
        (START - 1, START, [(START, "aggregate")]),
        (START, START + HOUR - 1, []),
        (START, START + HOUR, [(START + HOUR, "learn")]),
        (START + HOUR, START + DAY - 1, []),
        (START + HOUR, START + DAY, [(START + DAY, "aggregate")]),
        (START + 5, START + 5, []),
        (START + HOUR, START, []),
    ],
)
def test_the_first_time_is_left_out_and_the_last_is_in(after: int, to: int, found: list[tuple[int, str]]) -> None:
    assert [(one.time, one.does) for one in boundaries(after, to)] == found


def test_steps_of_any_size_give_the_same() -> None:
    end = START + 3 * DAY + 5 * HOUR
    times = [*range(START, end, 7 * HOUR), end]
    steps = [one for after, to in itertools.pairwise(times) for one in boundaries(after, to)]
    assert steps == list(boundaries(START, end))
    assert len(steps) == 7
