"""The constants of the detector fit each other, and what cannot be is refused."""

from __future__ import annotations

import pytest

from services.detector.params import TIMELINE_HOURS, Params


def test_the_windows_that_ship_hold_five_hours_of_bins_and_26_hours() -> None:
    params = Params()
    assert params.windows_minutes == (60, 240, 1440)
    assert (params.most_bins, params.most_hours) == (60, 26)


@pytest.mark.parametrize(
    ("windows", "bins", "hours"),
    [
        ((5,), 13, TIMELINE_HOURS + 2),
        ((240, 60), 60, TIMELINE_HOURS + 2),
        ((300,), 12, TIMELINE_HOURS + 2),
        ((60, 2880), 24, 50),
        ((4320, 1440, 240, 60), 60, 74),
    ],
)
def test_bins_reach_back_as_far_as_the_longest_window(windows: tuple[int, ...], bins: int, hours: int) -> None:
    params = Params(windows_minutes=windows)
    assert (params.most_bins, params.most_hours) == (bins, hours)


@pytest.mark.parametrize(
    ("windows", "wrong"),
    [
        ((), "expected at least one window, got none"),
        ((60, 0), "expected a multiple of 5 above 0, got 0"),
        ((-60,), "expected a multiple of 5 above 0, got -60"),
        ((60, 62), "expected a multiple of 5 above 0, got 62"),
        ((60, 250), "expected a multiple of 60 above 0, got 250"),
        ((1441,), "expected a multiple of 60 above 0, got 1441"),
    ],
)
def test_windows_that_cannot_be_are_refused(windows: tuple[int, ...], wrong: str) -> None:
    with pytest.raises(ValueError, match=f"windows_minutes: {wrong}"):
        Params(windows_minutes=windows)
