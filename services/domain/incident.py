"""Incidents from the messages on `alerts`: each raise, escalation, reopening and clearing folded into one record."""

from __future__ import annotations

import msgspec

from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord


def fold(record: IncidentRecord | None, message: IncidentRaised | IncidentCleared) -> IncidentRecord | None:
    """The record of an incident after one more message about it; `record` itself when the message says nothing new.

    Copies change nothing, at whatever place they come again. A clearing of what was never raised is None.
    """
    if isinstance(message, IncidentCleared):
        return None if record is None else _after_clearing(record, message)
    if record is None:
        return IncidentRecord(raised=message, first_at=message.time, score=message.score, p_value=message.p_value)
    if message.revision <= record.raised.revision:
        return record
    return msgspec.structs.replace(
        record,
        raised=message,
        cleared=None,
        score=max(record.score, message.score),
        p_value=min(record.p_value, message.p_value),
    )


def _after_clearing(record: IncidentRecord, message: IncidentCleared) -> IncidentRecord:
    if record.cleared is not None or message.time < record.raised.time:
        return record
    return msgspec.structs.replace(
        record,
        cleared=message,
        score=max(record.score, message.score),
        p_value=min(record.p_value, message.p_value),
    )


def is_open(record: IncidentRecord) -> bool:
    """True until the incident is cleared."""
    return record.cleared is None


def rank(record: IncidentRecord) -> tuple[int, float, int, str]:
    """Sorts the worst first: severity, then how rare it is, then the latest."""
    return -record.raised.severity, record.p_value, -record.raised.time, record.raised.id
