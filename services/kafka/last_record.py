"""The last record of a topic of one partition: for `groundswell doctor`, which shows what monitoring last said."""

from __future__ import annotations

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.end_offsets import end_offsets
from services.kafka.errors import explain_read
from services.kafka.security import client_options

_WAIT_MS = 5_000


def last_record(broker: Broker, topic: str) -> bytes | None:
    """Its value; None when the topic is empty.

    :raises BrokerUnavailable: when the broker fails or does not hand it over within five seconds.
    """
    end = end_offsets(broker, [(topic, 0)])[topic, 0]
    if end == 0:
        return None
    partition = TopicPartition(topic, 0)
    try:
        consumer = KafkaConsumer(**client_options(broker), group_id=None, enable_auto_commit=False)
        try:
            consumer.assign([partition])
            consumer.seek(partition, end - 1)
            records = consumer.poll(timeout_ms=_WAIT_MS).get(partition, [])
        finally:
            consumer.close()
    except KafkaError as error:
        raise explain_read(error, broker, [topic]) from error
    if not records:
        raise BrokerUnavailable(broker, f"the last record of {topic} did not come within {_WAIT_MS // 1000} s")
    value: bytes = records[-1].value
    return value
