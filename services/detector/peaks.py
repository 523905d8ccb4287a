"""The largest score that a key reaches in a day, from which the tail of its cohort is learned."""

from __future__ import annotations

from services.detector.cohort import cohort_of
from services.detector.context import Context
from services.detector.state import KeyState, Peak
from services.domain.event_time import DAY_MS
from services.domain.key import MonitoredKey


def peak_of_day(key: MonitoredKey, state: KeyState, at: int, context: Context) -> Peak:
    """The peak of the day of an evaluation at `at` (ms), before it; the key's cohort is that of the day's first one."""
    day = (at - 1) // DAY_MS
    if state.peak is None or state.peak.day != day:
        floor = state.score if (state.now - 1) // DAY_MS == day - 1 else 0.0
        cohort = cohort_of(key, state, at, context.priors(key), context.params)
        state.peak = Peak(day, cohort, open=state.is_open(), floor=floor)
    return state.peak


def update_peak(state: KeyState, peak: Peak, threshold: float) -> None:
    """Take in an evaluation: the largest score of the day, and where an incident was due."""
    if state.score > peak.floor:
        peak.score = max(peak.score, state.score)
    incident = state.incident
    if incident is None or not state.is_open() or peak.censored_at is not None:
        return
    if (incident.raised_at - 1) // DAY_MS == peak.day:
        peak.censored_at = threshold
    else:
        peak.open = True  # an incident of an earlier day was opened again: nothing new was raised
