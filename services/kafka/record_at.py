"""The record that stands at one place of a topic: for whoever puts a dead letter back as it was."""

from __future__ import annotations

from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services.domain.messages import Origin
from services.kafka.broker import Broker
from services.kafka.errors import explain_read
from services.kafka.security import client_options

_WAIT_MS = 5_000


class StoredRecord(NamedTuple):
    """Its key and its value, each None where it has none."""

    key: bytes | None
    value: bytes | None


def record_at(broker: Broker, place: Origin) -> StoredRecord | None:
    """The record at `place`; None when it is not kept any more.

    :raises BrokerUnavailable: when the broker fails.
    """
    partition = TopicPartition(place.topic, place.partition)
    try:
        consumer = KafkaConsumer(
            **client_options(broker),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
        )
        try:
            if place.partition not in (consumer.partitions_for_topic(place.topic) or ()):
                return None
            consumer.assign([partition])
            consumer.seek(partition, place.offset)
            records = consumer.poll(timeout_ms=_WAIT_MS, max_records=1).get(partition, [])
        finally:
            consumer.close()
    except KafkaError as error:
        raise explain_read(error, broker, [place.topic]) from error
    if not records or records[0].offset != place.offset:
        return None
    return StoredRecord(records[0].key, records[0].value)
