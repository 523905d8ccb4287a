"""Records of `alerts` to changes, records of `incidents` and dead letters."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from services.alerting.incidents.fold_records import fold_records
from services.alerting.incidents.store import MOST_CLEARED, IncidentStore
from services.domain.messages import DeadLetter, IncidentCleared, IncidentRaised, IncidentRecord, Origin
from services.kafka.codec import MAX_RECORD_BYTES, Codec, encode
from services.kafka.topics import DEAD, INCIDENTS
from tests.harness.alerts import BEST, ESCALATED, HOUR, TIME, cleared, raised, record_of
from tests.harness.relay_driver import companies

NOW = 1_800_000_000_000


class ConsumerRecord(NamedTuple):
    value: bytes | None
    offset: int
    topic: str = "alerts"
    partition: int = 0
    timestamp: int = NOW - 5


def consumed(*messages: IncidentRaised | IncidentCleared) -> list[ConsumerRecord]:
    return [ConsumerRecord(encode(message), offset) for offset, message in enumerate(messages)]


def kept(value: bytes) -> Any:
    return Codec(IncidentRecord, DeadLetter).decode(value)


def test_an_incident_that_changes_twice_in_a_batch_is_written_once() -> None:
    book = IncidentStore()
    other = companies(1)[0]
    folded = fold_records(book, consumed(raised(), other, ESCALATED, raised()), NOW)
    assert [(change.offset, change.time, change.raised, change.new) for change in folded.changes] == [
        (0, NOW - 5, True, True),
        (1, NOW - 5, True, True),
        (2, NOW - 5, True, True),
        (3, NOW - 5, True, False),
    ]
    assert [(write.topic, write.key.decode()) for write in folded.writes] == [
        (INCIDENTS.name, raised().id),
        (INCIDENTS.name, other.id),
    ]
    assert kept(folded.writes[0].value) == record_of(raised(), ESCALATED)
    assert set(book.open) == {raised().id, other.id}


def test_what_says_nothing_new_is_not_written_and_an_unknown_end_is_nothing() -> None:
    book = IncidentStore([record_of(raised())])
    unknown = cleared(companies(1)[0])
    folded = fold_records(book, consumed(raised(), unknown), NOW)
    assert ([change.new for change in folded.changes], folded.writes) == ([False], [])


def test_what_cannot_be_decoded_is_a_dead_letter_with_its_place() -> None:
    broken = ConsumerRecord(b'{"type": "spike_raised"}' + b" " * 5_000, 7)
    folded = fold_records(IncidentStore(), [broken, ConsumerRecord(None, 8), *consumed(raised())], NOW)
    assert (folded.dead, len(folded.changes)) == (["invalid_field", "invalid_field"], 1)
    first, letter, empty = folded.writes
    assert (first.topic, letter.topic, letter.key) == (INCIDENTS.name, DEAD.name, b"invalid_field")
    found = kept(letter.value)
    assert (found.stage, found.origin, found.time) == ("relay", Origin(topic="alerts", partition=0, offset=7), NOW)
    assert (len(found.payload), found.payload_bytes) == (4_096, 5_024)
    assert kept(empty.value).payload == b""


def test_a_record_that_would_be_too_large_goes_without_its_texts() -> None:
    bare = raised(evidence=(msgspec.structs.replace(BEST, text=""),))
    text = "x" * (MAX_RECORD_BYTES - len(encode(bare)))
    large = raised(evidence=(msgspec.structs.replace(BEST, text=text),))
    assert len(encode(large)) == MAX_RECORD_BYTES
    (write,) = fold_records(IncidentStore(), consumed(large, cleared(large)), NOW).writes
    found = kept(write.value)
    assert (found.raised.evidence, found.cleared) == ((), cleared(large))


def test_the_book_counts_what_is_open_and_forgets_the_oldest_of_what_is_over() -> None:
    market = raised(id="market:company@x", channel="market", kind="market", entity="company")
    by_rule = raised(id="company:AAPL@x/r", channel="rule", rule="r")
    book = IncidentStore([record_of(each) for each in (raised(), market, by_rule)])
    assert (book.count("company"), book.market_wide("company"), book.market_wide("topic")) == (1, True, False)
    assert [record.raised.id for record in book.crowd("company").worst] == [raised().id]
    book.take(cleared(market), 1, NOW)
    book.take(cleared(raised()), 2, NOW)
    assert (book.count("company"), book.market_wide("company"), set(book.open)) == (0, False, {by_rule.id})
    for each in companies(MOST_CLEARED):
        book.take(each, 3, NOW)
        book.take(cleared(each), 4, NOW)
    again = book.take(raised(revision=1, time=TIME + 6 * HOUR), 5, NOW)
    assert again is not None
    assert again.record.first_at == TIME + 6 * HOUR
    last = companies(MOST_CLEARED)[-1]
    reopened = book.take(msgspec.structs.replace(last, revision=1, time=TIME + 6 * HOUR), 6, NOW)
    assert reopened is not None
    assert (reopened.record.first_at, reopened.new) == (TIME, True)
