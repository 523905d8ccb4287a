"""The last day of a key by the hour."""

from __future__ import annotations

import pytest

from services.backtest.run import run_backtest
from services.detector.context import Context
from services.detector.state import Bin, KeyState
from services.detector.timeline import timeline
from tests.factories import DAY, HOUR, MINUTE, START
from tests.harness.streams import in_order, quiet, wave

AT = START + 10 * DAY + 14 * HOUR + 20 * MINUTE


def _state(*hours: tuple[int, float]) -> KeyState:
    """A key with negative texts in the hours that start at the given times (ms)."""
    bins = [Bin(start, texts=9.0, negative=negative) for start, negative in hours]
    return KeyState(first_at=START, now=AT, next_hour=0, hours=bins)


def test_hours_are_calendar_hours_and_the_last_is_the_one_of_the_alert() -> None:
    this_hour = AT - 20 * MINUTE
    state = _state(
        (this_hour - 24 * HOUR, 7.0), (this_hour - 23 * HOUR, 1.23456), (this_hour - HOUR, 2.0), (this_hour, 3.0)
    )
    assert timeline(state, AT) == (1.235, *[0.0] * 21, 2.0, 3.0)


def test_a_full_hour_belongs_to_the_hour_that_it_ends() -> None:
    hour = START + 10 * DAY
    state = _state((hour - HOUR, 5.0))
    assert timeline(state, hour) == (*[0.0] * 23, 5.0)
    assert timeline(state, hour + 1) == (*[0.0] * 22, 5.0, 0.0)


def test_what_weighs_nothing_any_more_is_zero() -> None:
    (*_, last) = timeline(_state((AT - 20 * MINUTE, -1e-17)), AT)
    assert str(last) == "0.0"


def test_a_quick_surge_carries_its_hours() -> None:
    texts = in_order(quiet(12), wave(40, START + 10 * DAY + 14 * HOUR + 30 * MINUTE))
    last = run_backtest(texts, Context()).raised()[-1]
    assert (last.window_minutes, last.severity) == (240, 4)
    assert last.timeline == (*[0.0] * 20, 5.4, 10.8, 10.8, 3.6)
    assert sum(last.timeline) == pytest.approx(last.observed)


def test_a_slow_surge_carries_the_hours_of_its_window_of_a_day() -> None:
    texts = in_order(quiet(12), wave(12, START + 10 * DAY + 2 * HOUR, every=100 * MINUTE))
    raised = run_backtest(texts, Context()).raised()
    assert [each.window_minutes for each in raised] == [1440] * len(raised) != []
    assert [sum(each.timeline) for each in raised] == pytest.approx([each.observed for each in raised])
