"""From scores to alerts: hysteresis, reopening, severity that only rises."""

from __future__ import annotations

from services.common.clock import format_iso
from services.common.messages import SpikeCleared, SpikeRaised
from services.monitoring.detector.evidence import shown
from services.monitoring.detector.params import SEVERITY_BARS, Params
from services.monitoring.detector.state import Incident, KeyState
from services.monitoring.detector.surprise import Surprise

LEAST_EXPECTED = 0.25
WARM_UP_SEVERITY = 2


def update_incident(
    key: str, state: KeyState, best: Surprise, at: int, params: Params
) -> list[SpikeRaised | SpikeCleared]:
    """Raise, escalate, reopen or clear after an evaluation at `at` (ms); returns what to send."""
    incident = state.incident
    if incident is None or incident.cleared_at is not None:
        return _maybe_raise(key, state, best, at, params)
    if state.score >= params.clear_at:
        incident.above_at = at
        severity = severity_of(state, best, at, params)
        if severity > incident.severity:
            incident.severity = severity
            incident.revision += 1
            return [_raised(key, state, incident, best, at, params)]
    elif at - incident.above_at >= params.clear_after_ms:
        incident.cleared_at = at
        return [_cleared(key, incident, at)]
    return []


def severity_of(state: KeyState, best: Surprise, at: int, params: Params) -> int:
    """1 to 4 by surprise, excess and ratio; at most 2 while the key is new."""
    excess = best.observed - best.expected
    ratio = best.observed / max(best.expected, LEAST_EXPECTED)
    for severity, (surprise, least_excess, least_ratio) in SEVERITY_BARS.items():
        if best.value >= surprise and excess >= least_excess and ratio >= least_ratio:
            return min(severity, WARM_UP_SEVERITY) if provisional(state, at, params) else severity
    return 1


def provisional(state: KeyState, at: int, params: Params) -> bool:
    """True until a key has 24 h and 10 texts behind it."""
    return at - state.first_at < params.warm_up_ms or state.texts < params.warm_up_texts


def _maybe_raise(
    key: str, state: KeyState, best: Surprise, at: int, params: Params
) -> list[SpikeRaised | SpikeCleared]:
    if state.score < params.raise_at:
        return []
    severity = severity_of(state, best, at, params)
    last = state.incident
    if last is not None and last.cleared_at is not None and at - last.cleared_at <= params.reopen_within_ms:
        last.cleared_at, last.above_at = None, at
        last.revision += 1
        last.severity = max(last.severity, severity)
        return [_raised(key, state, last, best, at, params)]
    state.incident = Incident(id=f"{key}@{format_iso(at)}", raised_at=at, above_at=at, severity=severity)
    return [_raised(key, state, state.incident, best, at, params)]


def _raised(key: str, state: KeyState, incident: Incident, best: Surprise, at: int, params: Params) -> SpikeRaised:
    kind, entity = key.split(":", 1)
    return SpikeRaised(
        id=incident.id,
        kind=kind,
        entity=entity,
        name=entity,
        time=at,
        severity=incident.severity,
        score=state.score,
        observed=best.observed,
        expected=best.expected,
        texts=best.texts,
        window_minutes=best.minutes,
        provisional=provisional(state, at, params),
        revision=incident.revision,
        evidence=shown(state, params),
    )


def _cleared(key: str, incident: Incident, at: int) -> SpikeCleared:
    kind, entity = key.split(":", 1)
    return SpikeCleared(
        id=incident.id,
        kind=kind,
        entity=entity,
        name=entity,
        time=at,
        raised_at=incident.raised_at,
        severity=incident.severity,
    )
