"""Records of `alerts` reduced to incidents: what has changed, and what to write of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from services.alerting.incidents.store import IncidentChange, IncidentStore
from services.domain.dead_letter import dead_letter
from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_RECORD_BYTES
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from services.kafka.codec import encode
from services.kafka.dead_letters import dead_letter_record
from services.kafka.group_consumer import record_of
from services.kafka.producer_record import ProducerRecord
from services.kafka.topics import INCIDENTS


class ReducedRecords(NamedTuple):
    """`writes` must be delivered before the changes are notified; `dead` has the reason of each record not used."""

    changes: list[IncidentChange]
    writes: list[ProducerRecord]
    dead: list[str]


def reduce_records(
    incidents: IncidentStore, read: Iterable[tuple[Any, IncidentRaised | IncidentCleared | InvalidMessage]], now: int
) -> ReducedRecords:
    """Reduce consumer records, each with what was read of it, in their order; an incident that changes several times is
    written once.
    """
    changes: list[IncidentChange] = []
    letters: list[ProducerRecord] = []
    dead: list[str] = []
    for record, message in read:
        if isinstance(message, InvalidMessage):
            letter = dead_letter("relay", message.reason, message.detail, record.value, now, record_of(record).origin)
            letters.append(dead_letter_record(letter))
            dead.append(message.reason)
            continue
        change = incidents.apply(message, record.offset, record.timestamp)
        if change is not None:
            changes.append(change)
    latest = {change.record.raised.id: change.record for change in changes if change.new}
    return ReducedRecords(changes, [*map(_incident_record, latest.values()), *letters], dead)


def _incident_record(record: IncidentRecord) -> ProducerRecord:
    """A record that would be too large goes without its texts."""
    value = encode(record)
    if len(value) > MAX_RECORD_BYTES:
        bare = msgspec.structs.replace(record.raised, evidence=())
        value = encode(msgspec.structs.replace(record, raised=bare))
    return ProducerRecord(INCIDENTS.name, record.raised.id.encode(), value)
