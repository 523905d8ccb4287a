"""Incidents out of the messages on `alerts`: raises, escalations, reopenings and clearings reduced to one record each.

The only reduction there is: the relay, the terminal, the backtest and the demo all see incidents through it. Copies of
a message change nothing, nor does the order in which messages come, but that something must be raised to be cleared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import msgspec

from services.domain.key import KeyKind, MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord


def reduce_incident(record: IncidentRecord | None, message: IncidentRaised | IncidentCleared) -> IncidentRecord | None:
    """The record of an incident after one more message about it; `record` itself when the message says nothing new.

    The latest revision counts, the earliest raise gives `first_at`, score and p-value are the most extreme of all
    messages, and a clearing holds until a later raise. A clearing of what was never raised is None.
    """
    if record is None:
        if isinstance(message, IncidentCleared):
            return None
        return IncidentRecord(raised=message, first_at=message.time, score=message.score, p_value=message.p_value)
    after = _after_clearing(record, message) if isinstance(message, IncidentCleared) else _after_raise(record, message)
    after = msgspec.structs.replace(
        after, score=max(record.score, message.score), p_value=min(record.p_value, message.p_value)
    )
    return record if after == record else after


def reduce_incidents(messages: Iterable[IncidentRaised | IncidentCleared]) -> list[IncidentRecord]:
    """The incidents of all messages, in the order in which they were raised first."""
    records: dict[str, IncidentRecord] = {}
    for message in sorted(messages, key=lambda message: isinstance(message, IncidentCleared)):
        record = reduce_incident(records.get(message.id), message)
        if record is not None:
            records[message.id] = record
    return sorted(records.values(), key=lambda record: (record.first_at, record.raised.id))


def key_of(message: IncidentRaised | IncidentCleared) -> MonitoredKey:
    """The key that an incident is about."""
    return MonitoredKey(cast(KeyKind, message.kind), message.entity)


def is_open(record: IncidentRecord) -> bool:
    """True until the incident is cleared."""
    return record.cleared is None


def rank(record: IncidentRecord) -> tuple[int, float, int, str]:
    """Sorts the worst first: severity, then how rare it is, then the latest."""
    return -record.raised.severity, record.p_value, -record.raised.time, record.raised.id


def _after_raise(record: IncidentRecord, message: IncidentRaised) -> IncidentRecord:
    first_at = min(record.first_at, message.time)
    if message.revision <= record.raised.revision:
        return msgspec.structs.replace(record, first_at=first_at)
    holds = record.cleared is not None and record.cleared.time > message.time
    return msgspec.structs.replace(record, raised=message, first_at=first_at, cleared=record.cleared if holds else None)


def _after_clearing(record: IncidentRecord, message: IncidentCleared) -> IncidentRecord:
    if message.time < record.raised.time or (record.cleared is not None and message.time <= record.cleared.time):
        return record
    return msgspec.structs.replace(record, cleared=message)
