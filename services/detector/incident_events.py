"""Incidents as messages, the same for every channel: what the key is called, who follows it, whether it is quiet."""

from __future__ import annotations

from dataclasses import dataclass

from services.detector.context import Context
from services.domain.key import MonitoredKey
from services.domain.messages import Channel, Evidence, IncidentCleared, IncidentRaised

IncidentEvent = IncidentRaised | IncidentCleared


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a channel found when it raises an incident; counts are weighted texts of `window_minutes`."""

    channel: Channel
    score: float
    observed: float
    expected: float
    texts: float
    window_minutes: int
    p_value: float = 1.0
    """1 where a rule says what is raised, and no statistic."""
    threshold: float = 0.0
    provisional: bool = False
    evidence: tuple[Evidence, ...] = ()
    timeline: tuple[float, ...] = ()
    rule: str | None = None


def raised(
    key: MonitoredKey, detection: Detection, context: Context, *, id: str, at: int, severity: int, revision: int = 0
) -> IncidentRaised:
    """The incident `id` of `key` is raised at `at` (ms), or again with a higher `revision`."""
    return IncidentRaised(
        id=id,
        channel=detection.channel,
        rule=detection.rule,
        kind=key.kind,
        entity=key.entity,
        name=key.label(context.names),
        time=at,
        severity=severity,
        score=detection.score,
        p_value=detection.p_value,
        threshold=detection.threshold,
        watchlists=context.watchlists.watching(key),
        quiet=context.watchlists.quiet(key, at, severity),
        observed=detection.observed,
        expected=detection.expected,
        texts=detection.texts,
        window_minutes=detection.window_minutes,
        provisional=detection.provisional,
        revision=revision,
        evidence=detection.evidence,
        timeline=detection.timeline,
    )


def cleared(
    key: MonitoredKey, channel: Channel, context: Context, *, id: str, at: int, raised_at: int, severity: int
) -> IncidentCleared:
    """The incident `id` of `key`, raised at `raised_at`, is over at `at` (both ms)."""
    return IncidentCleared(
        id=id,
        channel=channel,
        kind=key.kind,
        entity=key.entity,
        name=key.label(context.names),
        time=at,
        raised_at=raised_at,
        severity=severity,
    )
