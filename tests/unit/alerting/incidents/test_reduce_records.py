"""Records of `alerts` to changes, records of `incidents` and dead letters."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from services.alerting.incidents.reduce_records import reduce_records
from services.alerting.incidents.store import IncidentStore
from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_RECORD_BYTES
from services.domain.messages import DeadLetter, IncidentCleared, IncidentRaised, IncidentRecord, Origin
from services.kafka.codec import Codec, encode
from services.kafka.topics import DEAD, INCIDENTS
from tests.factories import BEST, ESCALATED, cleared, raised, record_of
from tests.harness.relay_driver import companies

NOW = 1_800_000_000_000


class ConsumerRecord(NamedTuple):
    value: bytes | None
    offset: int
    topic: str = "alerts"
    partition: int = 0
    timestamp: int = NOW - 5


def consumed(*messages: IncidentRaised | IncidentCleared) -> list[tuple[ConsumerRecord, Any]]:
    return [(ConsumerRecord(encode(message), offset), message) for offset, message in enumerate(messages)]


def decoded(value: bytes) -> Any:
    return Codec(IncidentRecord, DeadLetter).decode(value)


def test_an_incident_that_changes_twice_in_a_batch_is_written_once() -> None:
    incidents = IncidentStore()
    other = companies(1)[0]
    reduced = reduce_records(incidents, consumed(raised(), other, ESCALATED, raised()), NOW)
    assert [(change.offset, change.time, change.raised, change.new) for change in reduced.changes] == [
        (0, NOW - 5, True, True),
        (1, NOW - 5, True, True),
        (2, NOW - 5, True, True),
        (3, NOW - 5, True, False),
    ]
    assert [(write.topic, write.key.decode()) for write in reduced.writes] == [
        (INCIDENTS.name, raised().id),
        (INCIDENTS.name, other.id),
    ]
    assert decoded(reduced.writes[0].value) == record_of(raised(), ESCALATED)
    assert set(incidents.open) == {raised().id, other.id}


def test_what_says_nothing_new_is_not_written_and_an_unknown_end_is_nothing() -> None:
    incidents = IncidentStore([record_of(raised())])
    unknown = cleared(companies(1)[0])
    reduced = reduce_records(incidents, consumed(raised(), unknown), NOW)
    assert ([change.new for change in reduced.changes], reduced.writes) == ([False], [])


def test_what_cannot_be_used_is_a_dead_letter_with_its_place() -> None:
    wrong = InvalidMessage("invalid_field", "expected another one")
    broken = ConsumerRecord(b'{"type": "spike_raised"}' + b" " * 5_000, 7)
    reduced = reduce_records(
        IncidentStore(), [(broken, wrong), (ConsumerRecord(None, 8), wrong), *consumed(raised())], NOW
    )
    assert (reduced.dead, len(reduced.changes)) == (["invalid_field", "invalid_field"], 1)
    first, letter, empty = reduced.writes
    assert (first.topic, letter.topic, letter.key) == (INCIDENTS.name, DEAD.name, b"invalid_field")
    found = decoded(letter.value)
    assert (found.stage, found.origin, found.time) == ("relay", Origin(topic="alerts", partition=0, offset=7), NOW)
    assert (len(found.payload), found.payload_bytes) == (4_096, 5_024)
    assert decoded(empty.value).payload == b""


def test_a_record_that_would_be_too_large_goes_without_its_texts() -> None:
    bare = raised(evidence=(msgspec.structs.replace(BEST, text=""),))
    text = "x" * (MAX_RECORD_BYTES - len(encode(bare)))
    large = raised(evidence=(msgspec.structs.replace(BEST, text=text),))
    assert len(encode(large)) == MAX_RECORD_BYTES
    (write,) = reduce_records(IncidentStore(), consumed(large, cleared(large)), NOW).writes
    found = decoded(write.value)
    assert (found.raised.evidence, found.cleared) == ((), cleared(large))
