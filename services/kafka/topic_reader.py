"""Reads topics from their start, without a consumer group: up to what they hold now, and what comes then.

For the relay (what it knew before), for `groundswell alerts`, `texts` and `dead`, and for the demo's screen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, RetriableError

from services.domain.errors import BrokerUnavailable, InvalidMessage
from services.domain.messages import Origin
from services.kafka.admin import admin
from services.kafka.broker import Broker
from services.kafka.check_rights import check_rights
from services.kafka.codec import Codec
from services.kafka.end_offsets import end_offsets
from services.kafka.errors import explain_read
from services.kafka.kafka_log_off import kafka_log_off
from services.kafka.reach import reach
from services.kafka.rights import Rights
from services.kafka.security import client_options
from services.kafka.topics import Topic

ANSWER_MS = 4_000
"""A broker that takes longer counts as gone."""
FETCH_WAIT_MS = 250
FETCH_BYTES = 8_000_000
LONGEST_RECONNECT_MS = 2_000
READ_SECONDS = 0.5
STALLED_READS = 20
"""A broker that gives nothing in so many reads, though there is more, counts as gone."""


class Placed(NamedTuple):
    """A message, and where it stands."""

    origin: Origin
    message: Any


class TopicReader:
    """Topics from their start; `on_invalid` is told which record cannot be used, and why."""

    def __init__(
        self,
        broker: Broker,
        consumer: KafkaConsumer,
        parts: Sequence[TopicPartition],
        codec: Codec,
        on_invalid: Callable[[str], None],
    ) -> None:
        self._broker, self._consumer, self._parts = broker, consumer, parts
        self._codec, self._on_invalid = codec, on_invalid

    def read(self, wait_seconds: float) -> list[Any]:
        """As `read_placed`, the messages alone."""
        return [placed.message for placed in self.read_placed(wait_seconds)]

    def read_placed(self, wait_seconds: float) -> list[Placed]:
        """The messages that have come; waits for at most `wait_seconds` when there is none, or no broker.

        A broker that keeps its data in memory starts anew when it is restarted: then a topic is read from its start.
        """
        try:
            batches = self._consumer.poll(timeout_ms=int(wait_seconds * 1000))
            for part in () if batches else self._parts:
                end = self._consumer.highwater(part)
                if end is not None and end < self._consumer.position(part):
                    self._consumer.seek_to_beginning(part)
        except RetriableError:  # the consumer connects again by itself
            time.sleep(wait_seconds)
            return []
        found = ((record, self._decoded(record)) for batch in batches.values() for record in batch)
        return [
            Placed(Origin(topic=record.topic, partition=record.partition, offset=record.offset), message)
            for record, message in found
            if message is not None
        ]

    def read_to_end(self) -> Iterator[Any]:
        """As `read_placed_to_end`, the messages alone.

        :raises BrokerUnavailable: when the broker stops answering on the way.
        """
        return (placed.message for placed in self.read_placed_to_end())

    def read_placed_to_end(self) -> Iterator[Placed]:
        """All messages that the topics hold now, each partition in its order.

        :raises BrokerUnavailable: when the broker stops answering on the way.
        """
        stalled = 0
        while not self._at_end():
            found = self.read_placed(READ_SECONDS)
            yield from found
            stalled = 0 if found else stalled + 1
            if stalled == STALLED_READS:
                raise BrokerUnavailable(self._broker, f"gave nothing for {STALLED_READS * READ_SECONDS:.0f} s")

    def has_all(self) -> bool:
        """Whether everything that is on the topics at this moment was read.

        :raises BrokerUnavailable: when the broker does not say where they end.
        """
        known = end_offsets(self._broker, [(part.topic, part.partition) for part in self._parts])
        return all(self._consumer.position(part) >= known[part.topic, part.partition] for part in self._parts)

    def answers(self) -> bool:
        """Whether the broker answers at all; `read` alone cannot tell silence from absence."""
        try:
            self._consumer.end_offsets(self._parts, timeout_ms=ANSWER_MS)
        except KafkaError:
            return False
        return True

    def _at_end(self) -> bool:
        """By what the last fetch said of the end; the embedded broker's own answer can be short of it by a batch."""
        ends = {part: self._consumer.highwater(part) for part in self._parts}
        return all(end is not None and self._consumer.position(part) >= end for part, end in ends.items())

    def _decoded(self, record: Any) -> Any:
        if record.value is None:  # a compacted topic says so that a key is gone
            return None
        try:
            return self._codec.decode(record.value)
        except InvalidMessage as error:
            self._on_invalid(f"{record.topic}, partition {record.partition}, offset {record.offset}: {error}")
            return None


@contextmanager
def open_topics(
    broker: Broker, topics: Sequence[Topic], codec: Codec, on_invalid: Callable[[str], None], *, at_end: bool = False
) -> Iterator[TopicReader]:
    """A reader of all partitions of `topics`, from their start or `at_end`; closed at the end.

    :raises InvalidInput: when `broker` is no list of host:port.
    :raises BrokerUnavailable: when no broker answers within seconds, or a topic is missing; `BrokerRefused` when a
        certificate, the login or the right to read is at fault.
    """
    with kafka_log_off():
        reach(broker)
        try:
            consumer = KafkaConsumer(
                **client_options(broker),
                bootstrap_timeout_ms=ANSWER_MS,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                fetch_max_wait_ms=FETCH_WAIT_MS,
                max_partition_fetch_bytes=FETCH_BYTES,
                max_poll_records=5_000,
                check_crcs=False,  # in plain Python, four fifths of the time; the broker checked them, and TCP does
                reconnect_backoff_max_ms=LONGEST_RECONNECT_MS,
            )
        except KafkaError as error:
            raise BrokerUnavailable(broker, f"no answer; is it running, and is the address right? ({error})") from error
        try:
            parts = [part for topic in topics for part in _partitions(broker, consumer, topic)]
            consumer.assign(parts)
            (consumer.seek_to_end if at_end else consumer.seek_to_beginning)(*parts)
            yield TopicReader(broker, consumer, parts, codec, on_invalid)
        except KafkaError as error:
            raise explain_read(error, broker, [topic.name for topic in topics]) from error
        finally:
            consumer.close()


def _partitions(broker: Broker, consumer: KafkaConsumer, topic: Topic) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(topic.name)
    if not numbers:
        if broker.security is not None:  # a topic that we may not see looks like none
            with admin(broker) as client:
                check_rights(broker, client, Rights("", reads=(topic,)))
        raise BrokerUnavailable(broker, f"has no topic {topic.name}: run `groundswell topics create`")
    return [TopicPartition(topic.name, number) for number in sorted(numbers)]
