"""The last day of a key by the hour, as an incident shows it."""

from __future__ import annotations

from services.detector.params import TIMELINE_HOURS
from services.detector.state import KeyState
from services.domain.event_time import HOUR_MS

_DECIMALS = 3


def timeline(state: KeyState, at: int) -> tuple[float, ...]:
    """*Shape:* (24,): weighted negative texts of each calendar hour (UTC) up to `at` (ms), the earliest first.

    The last hour is the one that `at` falls into or ends; it has only what came until then. These are the hours that
    the window of a day is summed from, so they are exact: there are bins of five minutes for the last hours only.
    """
    first = (at - 1) // HOUR_MS - TIMELINE_HOURS + 1
    counts = [0.0] * TIMELINE_HOURS
    for each in state.hours:
        place = each.start // HOUR_MS - first
        if 0 <= place < TIMELINE_HOURS:
            counts[place] = max(0.0, round(each.negative, _DECIMALS))
    return tuple(counts)
