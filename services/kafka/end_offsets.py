"""Where partitions end, also on the embedded broker: for whoever must know that nothing more is to come.

Asked for its latest offset, Tansu 0.6.0 names the one behind the first record of the last batch (1 for five records
sent at once); the high watermark that comes with a fetch is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.errors import explain_read
from services.kafka.security import client_options

LONGEST_SECONDS = 20.0


def end_offsets(broker: Broker, parts: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """(topic, partition) -> the offset that its next record will have.

    :raises BrokerUnavailable: when the broker does not say within twenty seconds.
    """
    partitions = [TopicPartition(topic, number) for topic, number in parts]
    try:
        consumer = KafkaConsumer(**client_options(broker), group_id=None, enable_auto_commit=False)
        try:
            found: dict[TopicPartition, int] = consumer.end_offsets(partitions)
            filled = [each for each in partitions if found[each]]
            consumer.assign(filled)
            for each in filled:
                consumer.seek(each, found[each] - 1)
            deadline = monotonic() + LONGEST_SECONDS
            while any(consumer.highwater(each) is None for each in filled):
                if monotonic() > deadline:
                    raise BrokerUnavailable(broker, f"it did not say where partitions end in {LONGEST_SECONDS:.0f} s")
                consumer.poll(timeout_ms=200)
            found.update({each: consumer.highwater(each) for each in filled})
        finally:
            consumer.close()
    except KafkaError as error:
        raise explain_read(error, broker, sorted({each.topic for each in partitions})) from error
    return {(each.topic, each.partition): found[each] for each in partitions}
