"""The detector of one key: closed minutes of texts in, alerts out.

Everything happens at fixed points of event time (the end of a minute that has texts; each full five minutes while
an alert is open; each full hour), so the result does not depend on how fast or in which portions the texts came.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from services.common.messages import SpikeCleared, SpikeRaised
from services.monitoring.detector.evidence import forget_old, hold
from services.monitoring.detector.incidents import update_incident
from services.monitoring.detector.opinion import Opinion
from services.monitoring.detector.params import BIN_MS, HOUR_MS, MINUTE_MS, Params
from services.monitoring.detector.state import Bin, KeyState
from services.monitoring.detector.surprise import Surprise, control, surprise

#: An hour stays open for late texts this long after its end.
HOUR_OPEN_MS = HOUR_MS
#: After a longer silence the hours in between are not learned one by one.
LONGEST_GAP_HOURS = 24 * 90


def new_state(first: int) -> KeyState:
    """State of a key whose first text is at `first` (ms)."""
    return KeyState(first_at=first, now=first, next_hour=first // HOUR_MS)


def apply_minute(
    key: str, state: KeyState, minute: int, opinions: Sequence[Opinion], params: Params
) -> list[SpikeRaised | SpikeCleared]:
    """Take in all texts of one closed minute (`minute` in ms, its start) and evaluate at its end."""
    events = advance(key, state, minute, params)
    for opinion in sorted(opinions, key=lambda o: (o.time, o.id)):
        if not state.weights.known(opinion):
            _add(state, opinion, params)
    events += _evaluate(key, state, max(minute + MINUTE_MS, state.now), params)
    return events


def advance(key: str, state: KeyState, to: int, params: Params) -> list[SpikeRaised | SpikeCleared]:
    """Let event time run to `to` (ms) without texts: hours are learned, an open alert may clear."""
    events: list[SpikeRaised | SpikeCleared] = []
    while True:
        hour_due = (state.next_hour + 1) * HOUR_MS + HOUR_OPEN_MS
        grid_due = (state.now // BIN_MS + 1) * BIN_MS if state.is_open() else to + 1
        due = min(hour_due, grid_due)
        if due > to:
            return events
        if due == hour_due:
            _learn_hour(state, to, params)
        else:
            events += _evaluate(key, state, due, params)


def _add(state: KeyState, opinion: Opinion, params: Params) -> None:
    """One text into its five-minute bin, the CUSUM's gain and the evidence."""
    weight, _ = state.weights.weigh(opinion, params)
    if weight <= 0.0:
        return
    start = opinion.time // BIN_MS * BIN_MS
    found = next((b for b in reversed(state.bins) if b.start == start), None)
    if found is None:
        found = Bin(start)
        state.bins.append(found)
        state.bins.sort(key=lambda b: b.start)
        del state.bins[: -params.bins_kept]
    found.texts += weight
    found.negative += weight * opinion.units
    state.texts += weight
    state.gained += weight * opinion.units * math.log(params.cusum_rise)
    hold(state, opinion, weight, params)


def _evaluate(key: str, state: KeyState, at: int, params: Params) -> list[SpikeRaised | SpikeCleared]:
    """Score at `at`: min(S / 2.5, C / 9.2), then the incident's next step."""
    surprises = [_window(state, minutes, at, params) for minutes in params.windows_minutes]
    best = max(surprises, key=lambda s: s.value)
    busier = max(1.0, _control_of(state, params.windows_minutes[0], at, params))
    drift = (params.cusum_rise - 1.0) * state.baseline.share(params) * busier
    expected = state.baseline.integral(state.now, at)
    state.cusum = min(max(state.cusum + state.gained - drift * expected, 0.0), params.cusum_limit)
    state.gained = 0.0
    state.now = at
    state.score = min(best.value / params.surprise_scale, state.cusum / params.cusum_scale)
    events = update_incident(key, state, best, at, params)
    if not state.is_open():
        forget_old(state, at, params)
    return events


def _sums(state: KeyState, minutes: int, at: int) -> tuple[float, float, float]:
    """(texts, negative units, expected texts) of the bins that reach back `minutes` from `at`."""
    start = (at - 1) // BIN_MS * BIN_MS + BIN_MS - minutes * MINUTE_MS
    within = [b for b in state.bins if start <= b.start < at]
    return (
        sum(b.texts for b in within),
        sum(b.negative for b in within),
        state.baseline.integral(start, at),
    )


def _window(state: KeyState, minutes: int, at: int, params: Params) -> Surprise:
    texts, negative, mean = _sums(state, minutes, at)
    return surprise(state.baseline, params, texts=texts, negative=negative, mean=mean, minutes=minutes)


def _control_of(state: KeyState, minutes: int, at: int, params: Params) -> float:
    texts, negative, mean = _sums(state, minutes, at)
    return control(state.baseline, params, texts, negative, mean)


def _learn_hour(state: KeyState, to: int, params: Params) -> None:
    """Close the next hour: the baseline learns it unless an alert was open in it (until that is chronic)."""
    hour = state.next_hour
    start, end = hour * HOUR_MS, (hour + 1) * HOUR_MS
    last_due = (to - HOUR_OPEN_MS) // HOUR_MS - 1
    if last_due - hour > LONGEST_GAP_HOURS:
        state.next_hour = last_due - LONGEST_GAP_HOURS
        return
    state.next_hour = hour + 1
    incident = state.incident
    if incident is not None:
        until = min(incident.cleared_at or end, incident.raised_at + params.chronic_after_ms)
        if start < until and end > incident.raised_at:
            return
    within = [b for b in state.bins if start <= b.start < end]
    state.baseline.learn(hour, sum(b.texts for b in within), sum(b.negative for b in within), params)
