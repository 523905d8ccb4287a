"""Scales and ticks."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from services.backtest.report.axes import Scale, ticks, time_ticks
from services.domain.event_time import parse_iso_ms
from services.domain.local_time import LocalTime
from tests.factories import DAY, HOUR, MINUTE, START


def test_a_scale_turns_values_into_places() -> None:
    assert [Scale(0, 10, 200, 100).at(value) for value in (0, 5, 10)] == [200, 150, 100]


@pytest.mark.parametrize(
    ("high", "expected"),
    [(1, [0, 1]), (5, [0, 1, 2, 3, 4, 5]), (23, [0, 5, 10, 15, 20]), (1400, [0, 500, 1000])],
)
def test_ticks_are_round_and_whole(high: float, expected: list[float]) -> None:
    assert ticks(high) == expected


def test_time_ticks_are_hours_days_or_months() -> None:
    assert [label for _, label in time_ticks(START + MINUTE, START + 6 * HOUR)] == [
        f"08-01 0{hour}:00" for hour in range(1, 7)
    ]
    assert [label for _, label in time_ticks(START + HOUR, START + 3 * DAY)] == [
        *("08-01 12:00", "08-02 00:00", "08-02 12:00", "08-03 00:00", "08-03 12:00", "08-04 00:00"),
    ]
    assert [label for _, label in time_ticks(START, START + 200 * DAY)] == [
        *("2014-08", "2014-09", "2014-10", "2014-11", "2014-12", "2015-01", "2015-02"),
    ]
    assert [label for _, label in time_ticks(START, START + 4000 * DAY)] == [
        *("2016-01", "2018-01", "2020-01", "2022-01", "2024-01"),
    ]


def test_time_ticks_are_round_on_the_reader_s_clock() -> None:
    found = time_ticks(START + 5 * HOUR, START + 3 * DAY, LocalTime(ZoneInfo("Asia/Kolkata")))
    assert found[0] == (START + 6 * HOUR + 30 * MINUTE, "08-01 12:00")
    assert [label for _, label in found] == [
        *("08-01 12:00", "08-02 00:00", "08-02 12:00", "08-03 00:00", "08-03 12:00", "08-04 00:00"),
    ]


def test_days_of_a_clock_that_is_set_forward_begin_at_midnight() -> None:
    """On 30 March 2014 in Berlin."""
    start = parse_iso_ms("2014-03-28T00:00:00+01:00")
    found = time_ticks(start, start + 5 * DAY, LocalTime(ZoneInfo("Europe/Berlin")))
    assert [label[5:] for _, label in found] == ["03-28", "03-29", "03-30", "03-31", "04-01", "04-02"]
    assert found[3][0] == parse_iso_ms("2014-03-31T00:00:00+02:00")
