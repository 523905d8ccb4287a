"""Records of `alerts` reduced to incidents: what has changed, and what to write of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from services.alerting.incidents.store import IncidentChange, IncidentStore
from services.domain.dead_letter import dead_letter
from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_RECORD_BYTES
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord, Origin
from services.kafka.codec import Codec, encode
from services.kafka.dead_letters import dead_letter_record
from services.kafka.producer_record import ProducerRecord
from services.kafka.topics import INCIDENTS

_codec = Codec(IncidentRaised, IncidentCleared)


class ReducedRecords(NamedTuple):
    """`writes` must be delivered before the changes are notified; `dead` has the reason of each record not used."""

    changes: list[IncidentChange]
    writes: list[ProducerRecord]
    dead: list[str]


def reduce_records(incidents: IncidentStore, records: Iterable[Any], now: int) -> ReducedRecords:
    """Reduce consumer records in their order; an incident that changes several times is written once."""
    changes: list[IncidentChange] = []
    letters: list[ProducerRecord] = []
    dead: list[str] = []
    for record in records:
        try:
            message = _codec.decode(record.value, now)
        except InvalidMessage as error:
            letters.append(_dead_letter(record, error, now))
            dead.append(error.reason)
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


def _dead_letter(record: Any, error: InvalidMessage, now: int) -> ProducerRecord:
    origin = Origin(topic=record.topic, partition=record.partition, offset=record.offset)
    return dead_letter_record(dead_letter("relay", error.reason, error.detail, record.value, now, origin))
