"""The detector of negative opinion on one key: closed minutes of texts in, incidents out.

Everything happens at fixed points of event time (the end of a minute that has texts; once more when a score would have
lasted long enough; each full five minutes while an incident is open; each full hour), so the result does not depend on
how fast or in which portions the texts came.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.detector.context import Context
from services.detector.evidence import add_evidence, expire_evidence, revise_evidence
from services.detector.incident_events import IncidentEvent
from services.detector.incidents import Evaluation, update_incident
from services.detector.opinion import Opinion
from services.detector.params import BIN_MS, Params
from services.detector.peaks import peak_of_day, update_peak
from services.detector.score import surprise
from services.detector.state import Bin, KeyState
from services.detector.windows import add_to_bins, window_of
from services.domain.event_time import HOUR_MS, MINUTE_MS
from services.domain.key import MonitoredKey

#: An hour stays open for late texts this long after its end.
HOUR_OPEN_MS = HOUR_MS
#: After a longer silence the hours in between are not learned one by one.
LONGEST_GAP_HOURS = 24 * 90


def new_state(first: int) -> KeyState:
    """State of a key whose first text is at `first` (ms)."""
    return KeyState(first_at=first, now=first, next_hour=first // HOUR_MS)


def apply_minute(
    key: MonitoredKey, state: KeyState, minute: int, opinions: Sequence[Opinion], context: Context
) -> list[IncidentEvent]:
    """Take in all texts of one closed minute (`minute` in ms, its start) and evaluate at its end."""
    events = advance(key, state, minute, context)
    for opinion in sorted(opinions, key=lambda o: (o.time, o.id)):
        if not state.weights.known(opinion):
            _add(state, opinion, context.params)
    events += _evaluate(key, state, max(minute + MINUTE_MS, state.now), context)
    if state.recent[-1][1] > 0.0:
        state.look_again_at = state.now + context.params.hold_ms
    return events


def advance(
    key: MonitoredKey, state: KeyState, to: int, context: Context, *, while_waiting: bool = False
) -> list[IncidentEvent]:
    """Let event time run to `to` (ms) without texts: hours are learned, a score may last, an incident may clear.

    `while_waiting`: stop where nothing is waited for, so that it does not matter in which steps time runs.
    """
    events: list[IncidentEvent] = []
    while state.is_waiting() or not while_waiting:
        hour_due = (state.next_hour + 1) * HOUR_MS + HOUR_OPEN_MS
        look_due = (state.now // BIN_MS + 1) * BIN_MS if state.is_open() else to + 1
        if state.look_again_at is not None:
            look_due = min(look_due, state.look_again_at)
        due = min(hour_due, look_due)
        if due > to:
            break
        if due == hour_due:
            _learn_hour(key, state, to, context)
        else:
            if due == state.look_again_at:
                state.look_again_at = None
            events += _evaluate(key, state, due, context)
    return events


def _add(state: KeyState, opinion: Opinion, params: Params) -> None:
    """One text into its five minutes, its hour and the evidence."""
    revised = state.weights.revise(opinion, params)
    if revised is not None:
        change, weight = revised
        add_to_bins(state, change, params)
        revise_evidence(state, opinion, weight, params)
        return
    change = state.weights.weigh(opinion, params)
    add_to_bins(state, change, params)
    if change.texts > 0.0:
        state.texts += change.texts
        add_evidence(state, opinion, change.texts, params)


def _evaluate(key: MonitoredKey, state: KeyState, at: int, context: Context) -> list[IncidentEvent]:
    """Score at `at`, what of it has lasted, then the incident's next step."""
    params, priors = context.params, context.priors(key)
    windows = (window_of(state, minutes, at, priors) for minutes in params.windows_minutes)
    surprises = [surprise(state.baseline, priors, params, window) for window in windows]
    best = max(surprises, key=lambda one: one.value)
    peak = peak_of_day(key, state, at, context)
    state.score = _lasting_score(state, at, best.value, params)
    state.now = at
    threshold = context.threshold_of(key, peak.cohort)
    p_value = context.rarity(peak.cohort).p_value(state.score)
    events = update_incident(key, state, Evaluation(best, surprises, threshold, p_value), at, context)
    update_peak(state, peak, threshold)
    if not state.is_open():
        expire_evidence(state, at, params)
    return events


def _lasting_score(state: KeyState, at: int, value: float, params: Params) -> float:
    """The least score over the last `hold_ms`; 0 when it was not looked at so long ago, or not since twice that."""
    state.recent.append((at, value))
    since = at - params.hold_ms
    while len(state.recent) > 1 and (state.recent[1][0] <= since or state.recent[0][0] < since - params.hold_ms):
        del state.recent[0]
    return min(score for _, score in state.recent) if state.recent[0][0] <= since else 0.0


def _learn_hour(key: MonitoredKey, state: KeyState, to: int, context: Context) -> None:
    """Close the next hour: the baseline learns it unless an incident was open in it (until that is chronic)."""
    hour = state.next_hour
    start, end = hour * HOUR_MS, (hour + 1) * HOUR_MS
    last_due = (to - HOUR_OPEN_MS) // HOUR_MS - 1
    if last_due - hour > LONGEST_GAP_HOURS:
        state.next_hour = last_due - LONGEST_GAP_HOURS
        return
    state.next_hour = hour + 1
    incident = state.incident
    if incident is not None:
        until = min(incident.cleared_at or end, incident.raised_at + context.params.chronic_after_ms)
        if start < until and end > incident.raised_at:
            return
    found = next((each for each in reversed(state.hours) if each.start == start), Bin(start))
    state.baseline.learn(hour, found.texts, found.negative, context.priors(key), context.params)
