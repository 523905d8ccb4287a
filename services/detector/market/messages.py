"""What partitions send to the market-wide rule, on `monitor.market`."""

from __future__ import annotations

from typing import ClassVar

from services.detector.incident_events import IncidentEvent
from services.domain.checks import check_key, check_time
from services.domain.limits import Count, IncidentId, KeyName, Number, Partition
from services.domain.messages import Evidence, IncidentCleared, Message


class KeyOpened(Message, frozen=True, kw_only=True, tag="opened"):
    """A key raised an incident at `time` (ms); `keys` are followed of its kind. `evidence` is its best text."""

    key: KeyName
    incident: IncidentId
    time: int
    keys: Count
    p_value: Number
    evidence: Evidence | None

    def check(self, now: int | None) -> None:
        """A key, and sane times."""
        check_key(self.key)
        check_time("time", self.time, now)
        if self.evidence is not None:
            self.evidence.check(now)


class KeyClosed(Message, frozen=True, kw_only=True, tag="closed"):
    """An incident was cleared at `time` (ms)."""

    key: KeyName
    incident: IncidentId
    time: int

    def check(self, now: int | None) -> None:
        """A key, and a sane time."""
        check_key(self.key)
        check_time("time", self.time, now)


class PartitionPassed(Message, frozen=True, kw_only=True, tag="passed"):
    """A partition has sent all that happened before `time` (ms)."""

    tells_time_only: ClassVar[bool] = True
    partition: Partition
    time: int

    def check(self, now: int | None) -> None:
        """A time that is not far ahead."""
        check_time("time", self.time, now, earliest=0)


KeyEvent = KeyOpened | KeyClosed


def market_event(event: IncidentEvent, keys: int) -> KeyEvent | None:
    """What an incident of a key is to the rule: its raise or its end; None for what is neither."""
    if event.channel != "negative":
        return None
    key = f"{event.kind}:{event.entity}"
    if isinstance(event, IncidentCleared):
        return KeyClosed(key=key, incident=event.id, time=event.time)
    best = event.evidence[0] if event.evidence else None
    return KeyOpened(key=key, incident=event.id, time=event.time, keys=keys, p_value=event.p_value, evidence=best)


def event_order(event: KeyEvent) -> tuple[int, bool, str]:
    """By event time; at the same time what closes comes first."""
    return event.time, isinstance(event, KeyOpened), event.key
