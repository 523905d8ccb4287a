"""Incidents of a run as values: the raise that says most, from when to when, how rare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised


@dataclass(frozen=True, slots=True)
class Alert:
    """One incident: its latest raise or escalation, the time of its first, and when it cleared, None if never (ms)."""

    latest: IncidentRaised
    raised_at: int
    cleared_at: int | None
    p_value: float
    """The smallest of the incident."""

    @property
    def key(self) -> MonitoredKey:
        """The followed key."""
        return MonitoredKey.parse(f"{self.latest.kind}:{self.latest.entity}")


def alerts_of(messages: Iterable[IncidentRaised | IncidentCleared]) -> list[Alert]:
    """The incidents of a run in the order in which they were raised; the last to clear one counts."""
    found: dict[str, Alert] = {}
    for message in messages:
        known = found.get(message.id)
        p_value = min(known.p_value, message.p_value) if known else message.p_value
        if isinstance(message, IncidentRaised):
            found[message.id] = Alert(message, known.raised_at if known else message.time, None, p_value)
        elif known is not None:
            found[message.id] = Alert(known.latest, known.raised_at, message.time, p_value)
    return sorted(found.values(), key=lambda alert: (alert.raised_at, alert.latest.id))


def of_surges(alerts: Iterable[Alert]) -> list[Alert]:
    """Those that a budget counts: surges of negative opinion about one key, no alerts of other kinds."""
    return [alert for alert in alerts if alert.latest.channel == "negative"]


def by_rarity(alerts: Iterable[Alert]) -> list[Alert]:
    """The least likely first."""
    return sorted(alerts, key=lambda alert: (alert.p_value, alert.raised_at, alert.latest.id))
