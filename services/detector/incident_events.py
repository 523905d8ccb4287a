"""The end of an alert as a message, the same for every channel of a key."""

from __future__ import annotations

from services.domain.key import MonitoredKey
from services.domain.messages import Channel, IncidentCleared


def cleared(
    key: MonitoredKey,
    incident: str,
    at: int,
    raised_at: int,
    severity: int,
    channel: Channel = "negative",
    *,
    score: float = 0.0,
    p_value: float = 1.0,
) -> IncidentCleared:
    """The alert `incident` of `key`, raised at `raised_at`, is over at `at` (both ms)."""
    return IncidentCleared(
        id=incident,
        channel=channel,
        kind=key.kind,
        entity=key.entity,
        name=key.entity,
        time=at,
        raised_at=raised_at,
        severity=severity,
        score=score,
        p_value=p_value,
    )
