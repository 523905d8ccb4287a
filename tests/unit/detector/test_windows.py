"""The texts of a key in bins, and the windows that are summed from them."""

from __future__ import annotations

import pytest

from services.detector.detect import new_state
from services.detector.params import Params
from services.detector.priors import KindPriors
from services.detector.state import KeyState
from services.detector.weights import WeightChange
from services.detector.windows import add_to_bins, window_of
from tests.factories import DAY, HOUR, MINUTE, START

PRIORS = KindPriors()
AT = START + 10 * DAY + 14 * HOUR + 20 * MINUTE


def with_texts(params: Params, *times: int) -> KeyState:
    """A key with one negative text at each time (ms)."""
    state = new_state(START)
    for time in times:
        add_to_bins(state, WeightChange(time, 1.0, 0.9), params)
    return state


def counts(state: KeyState, minutes: int, at: int = AT) -> tuple[float, object]:
    """(texts, negative units) of a window."""
    window = window_of(state, minutes, at, PRIORS)
    return window.texts, pytest.approx(window.negative)


@pytest.mark.parametrize("hours", [24, 48, 72])
def test_a_window_of_days_sees_all_of_them(hours: int) -> None:
    """Else a window of 48 hours would see those 26 that a day needs."""
    params = Params(windows_minutes=(60, hours * 60))
    state = with_texts(params, *range(START + 6 * DAY, AT, HOUR))
    first = AT - 20 * MINUTE - (hours - 1) * HOUR
    assert counts(state, hours * 60) == (hours, 0.9 * hours)
    assert window_of(state, hours * 60, AT, PRIORS).mean == pytest.approx(PRIORS.level * (AT - first) / HOUR)


def test_a_short_window_is_summed_from_five_minutes_and_a_long_one_from_hours() -> None:
    state = with_texts(Params(), AT - 5 * HOUR, AT - 61 * MINUTE, AT - 59 * MINUTE, AT - MINUTE, AT)
    assert counts(state, 60) == (2, 1.8)
    assert counts(state, 240) == (3, 2.7)
    assert counts(state, 1440) == (5, 4.5)  # the last text is of the hour that has begun


def test_what_was_before_the_end_of_the_last_incident_is_not_looked_at_again() -> None:
    state = with_texts(Params(), AT - 50 * MINUTE, AT - 10 * MINUTE)
    state.cleared_at = AT - 30 * MINUTE
    assert counts(state, 60) == (1, 0.9)


def test_a_late_text_goes_into_its_own_bin_and_old_bins_make_room() -> None:
    state = with_texts(Params(), *range(AT - 4 * HOUR, AT, 5 * MINUTE), AT - 2 * HOUR)
    assert [each.texts for each in state.bins if each.start == AT - 2 * HOUR] == [2.0]
    for time in range(AT, AT + 6 * HOUR, 5 * MINUTE):
        add_to_bins(state, WeightChange(time, 1.0, 0.9), Params())
    assert len(state.bins) == Params().most_bins
    assert state.bins[0].start == AT + 6 * HOUR - 5 * HOUR


def test_a_text_that_loses_weight_changes_a_bin_that_is_held_and_makes_none() -> None:
    state = with_texts(Params(), AT - 10 * MINUTE)
    add_to_bins(state, WeightChange(AT - 10 * MINUTE, -0.75, -0.675), Params())
    add_to_bins(state, WeightChange(AT - 3 * HOUR, -0.5, -0.45), Params())
    assert counts(state, 240) == (0.25, 0.225)
    assert len(state.bins) == 1
