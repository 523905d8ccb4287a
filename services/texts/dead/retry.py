"""Puts the record of a dead letter back on the topic where it was read, once a fault is mended."""

from __future__ import annotations

from services.domain.errors import InvalidInput
from services.domain.messages import DeadLetterRetried, Origin
from services.kafka.broker import Broker
from services.kafka.dead_letters import retried_record
from services.kafka.producer_record import ProducerRecord
from services.kafka.record_at import record_at
from services.kafka.record_producer import RecordProducer
from services.texts.dead.letters import Buried


def retry(broker: Broker, producer: RecordProducer, buried: Buried, now: int, *, force: bool) -> Origin:
    """Write the record to the partition where it was read, then that it was retried at `now` (ms); where it was read.

    The record is taken from its topic as long as that keeps it, with its key; else from the letter, if that has all of
    it. A crash between the two leaves a letter that may be retried again: a text that comes twice is recognised by its
    id, one that is lost is not.

    :raises InvalidInput: when it was read from no topic, is not there as a whole any more, or was retried before and
        not by `force`.
    :raises BrokerUnavailable: when the broker has not taken both.
    """
    if buried.retried_at is not None and not force:
        raise InvalidInput(f"dead letter {buried.id}: it was retried before; --force does it again")
    place = buried.letter.origin
    if place is None:
        raise InvalidInput(
            f"dead letter {buried.id}: it is no record of a topic ({buried.letter.stage} refused it); "
            "mend it at its source and bring it again with `groundswell ingest`"
        )
    producer.write_to(place.partition, _original(broker, buried, place))
    producer.write_to(buried.place.partition, retried_record(DeadLetterRetried(letter=buried.place, time=now)))
    return place


def _original(broker: Broker, buried: Buried, place: Origin) -> ProducerRecord:
    letter, stored = buried.letter, record_at(broker, place)
    if stored is not None and _is_same(stored.value, buried):
        return ProducerRecord(place.topic, stored.key or b"", stored.value or b"")
    if len(letter.payload) < letter.payload_bytes:
        raise InvalidInput(
            f"dead letter {buried.id}: cannot be retried: {place.topic} keeps the record no longer, and the letter has "
            f"{len(letter.payload)} of its {letter.payload_bytes} bytes"
        )
    return ProducerRecord(place.topic, b"", letter.payload)


def _is_same(value: bytes | None, buried: Buried) -> bool:
    """Whether a record is the one that was buried: a broker in memory begins anew with other records."""
    data, letter = value or b"", buried.letter
    return len(data) == letter.payload_bytes and data.startswith(letter.payload)
