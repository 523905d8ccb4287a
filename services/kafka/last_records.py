"""The last record of each partition: what monitoring last said, how far in time a stream is."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.end_offsets import end_offsets
from services.kafka.errors import explain_read
from services.kafka.security import client_options

_WAIT_SECONDS = 5.0


def last_record(broker: Broker, topic: str) -> bytes | None:
    """That of a topic of one partition; None when it is empty.

    :raises BrokerUnavailable: as `last_records` does.
    """
    return next(iter(last_records(broker, [topic])), None)


def last_records(broker: Broker, topics: Sequence[str]) -> list[bytes]:
    """One of each partition that is not empty, in no order; of a topic that is missing none.

    :raises BrokerUnavailable: when the broker fails or does not hand them over within five seconds.
    """
    try:
        consumer = KafkaConsumer(**client_options(broker), group_id=None, enable_auto_commit=False)
        try:
            parts = [(topic, part) for topic in topics for part in consumer.partitions_for_topic(topic) or ()]
            ends = {TopicPartition(*part): end for part, end in end_offsets(broker, parts).items() if end}
            consumer.assign(list(ends))
            for partition, end in ends.items():
                consumer.seek(partition, end - 1)
            found: dict[TopicPartition, bytes] = {}
            deadline = monotonic() + _WAIT_SECONDS
            while len(found) < len(ends) and monotonic() < deadline:
                for partition, records in consumer.poll(timeout_ms=500).items():
                    found[partition] = records[-1].value
        finally:
            consumer.close()
    except KafkaError as error:
        raise explain_read(error, broker, topics) from error
    if len(found) < len(ends):
        missing = ", ".join(sorted({part.topic for part in ends.keys() - found.keys()}))
        raise BrokerUnavailable(broker, f"the last records of {missing} did not come within {_WAIT_SECONDS:.0f} s")
    return list(found.values())
