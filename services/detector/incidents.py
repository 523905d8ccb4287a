"""From scores to incidents: hysteresis, reopening, severity that only rises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from services.detector.context import Context
from services.detector.evidence import select_evidence
from services.detector.incident_events import Detection, IncidentEvent, cleared, raised
from services.detector.params import SEVERITY_BARS, Params
from services.detector.score import Surprise
from services.detector.state import Incident, KeyState
from services.detector.timeline import timeline
from services.domain.event_time import format_iso
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised

LEAST_EXPECTED = 0.25
WARM_UP_SEVERITY = 2


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of a key: its windows, the best of them, the score that raises, and how rare the score is."""

    best: Surprise
    windows: Sequence[Surprise]
    threshold: float
    p_value: float


def update_incident(
    key: MonitoredKey, state: KeyState, evaluation: Evaluation, at: int, context: Context
) -> list[IncidentEvent]:
    """Raise, escalate, reopen or clear after an evaluation at `at` (ms); returns what to send."""
    params, incident = context.params, state.incident
    if incident is None or incident.cleared_at is not None:
        return _maybe_raise(key, state, evaluation, at, context)
    incident.score, incident.p_value = max(incident.score, state.score), min(incident.p_value, evaluation.p_value)
    if max(one.value for one in evaluation.windows if one.minutes <= incident.minutes) >= incident.clear_below:
        incident.above_at = at
        severity = severity_of(state, evaluation, at, params)
        if severity > incident.severity:
            incident.severity = severity
            incident.revision += 1
            return [_raised(key, state, incident, evaluation, at, context)]
    elif at - incident.above_at >= params.clear_after_ms:
        incident.cleared_at = state.cleared_at = at
        return [_cleared(key, incident, at, context)]
    return []


def severity_of(state: KeyState, evaluation: Evaluation, at: int, params: Params) -> int:
    """1 to 4 by rarity, excess and ratio; at most 2 while the key is new."""
    best = evaluation.best
    excess = best.observed - best.expected
    ratio = best.observed / max(best.expected, LEAST_EXPECTED)
    for severity, (rarity, least_excess, least_ratio) in SEVERITY_BARS.items():
        if evaluation.p_value <= rarity and excess >= least_excess and ratio >= least_ratio:
            return min(severity, WARM_UP_SEVERITY) if provisional(state, at, params) else severity
    return 1


def provisional(state: KeyState, at: int, params: Params) -> bool:
    """True until a key has 24 h and 10 texts behind it."""
    return at - state.first_at < params.warm_up_ms or state.texts < params.warm_up_texts


def _maybe_raise(
    key: MonitoredKey, state: KeyState, evaluation: Evaluation, at: int, context: Context
) -> list[IncidentEvent]:
    params = context.params
    if state.score < evaluation.threshold:
        return []
    severity = severity_of(state, evaluation, at, params)
    last = state.incident
    if last is not None and last.cleared_at is not None and at - last.cleared_at <= params.reopen_within_ms:
        last.cleared_at, last.above_at = None, at
        last.revision += 1
        last.severity = max(last.severity, severity)
        last.minutes = max(last.minutes, evaluation.best.minutes)
    else:
        state.incident = last = Incident(
            id=f"{key}@{format_iso(at)}",
            raised_at=at,
            above_at=at,
            severity=severity,
            minutes=evaluation.best.minutes,
            clear_below=evaluation.threshold * params.clear_part,
            score=state.score,
            p_value=evaluation.p_value,
        )
    return [_raised(key, state, last, evaluation, at, context)]


def _raised(
    key: MonitoredKey, state: KeyState, incident: Incident, evaluation: Evaluation, at: int, context: Context
) -> IncidentRaised:
    best = evaluation.best
    detection = Detection(
        channel="negative",
        score=state.score,
        p_value=evaluation.p_value,
        threshold=evaluation.threshold,
        observed=best.observed,
        expected=best.expected,
        texts=best.texts,
        window_minutes=best.minutes,
        provisional=provisional(state, at, context.params),
        evidence=select_evidence(state, context.params),
        timeline=timeline(state, at),
    )
    return raised(
        key, detection, context, id=incident.id, at=at, severity=incident.severity, revision=incident.revision
    )


def _cleared(key: MonitoredKey, incident: Incident, at: int, context: Context) -> IncidentCleared:
    """The clearing says how far the incident went."""
    message = cleared(
        key,
        "negative",
        context,
        id=incident.id,
        at=at,
        raised_at=incident.raised_at,
        severity=incident.severity,
    )
    return msgspec.structs.replace(message, score=incident.score, p_value=incident.p_value)
