"""Reads a topic of alerts from its start, without a consumer group: up to what it holds now, and what comes then."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, RetriableError

from services.domain.errors import BrokerUnavailable, InvalidMessage
from services.kafka.addresses import addresses
from services.kafka.codec import Codec
from services.kafka.topics import Topic

ANSWER_MS = 4_000
"""A broker that takes longer counts as gone."""
FETCH_WAIT_MS = 250
FETCH_BYTES = 8_000_000
LONGEST_RECONNECT_MS = 2_000
READ_SECONDS = 0.5
STALLED_READS = 20
"""A broker that gives nothing in so many reads, though there is more, counts as gone."""


class TopicReader:
    """A topic from its start; `left_out` is told why a record could not be used."""

    def __init__(
        self,
        broker: str,
        consumer: KafkaConsumer,
        parts: list[TopicPartition],
        codec: Codec,
        left_out: Callable[[str], None],
    ) -> None:
        self._broker, self._consumer, self._parts = broker, consumer, parts
        self._codec, self._left_out = codec, left_out

    def read(self, wait_seconds: float) -> list[Any]:
        """The messages that have come; waits for at most `wait_seconds` when there is none, or no broker.

        A broker that keeps its data in memory starts anew when it is restarted: then the topic is read from its start.
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
        found = (self._decoded(record) for batch in batches.values() for record in batch)
        return [message for message in found if message is not None]

    def read_to_end(self) -> Iterator[Any]:
        """All messages that the topic holds now, each partition in its order.

        :raises BrokerUnavailable: when the broker stops answering on the way.
        """
        stalled = 0
        while not self._at_end():
            found = self.read(READ_SECONDS)
            yield from found
            stalled = 0 if found else stalled + 1
            if stalled == STALLED_READS:
                raise BrokerUnavailable(self._broker, f"gave nothing for {STALLED_READS * READ_SECONDS:.0f} s")

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
            self._left_out(f"{record.topic}, partition {record.partition}, offset {record.offset}: {error}")
            return None


@contextmanager
def open_topic(broker: str, topic: Topic, codec: Codec, left_out: Callable[[str], None]) -> Iterator[TopicReader]:
    """A reader of all partitions of `topic`, closed at the end.

    :raises BrokerUnavailable: when no broker answers within seconds, or the topic is missing.
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # it tells of every try; we tell once
    servers = addresses(broker)
    try:
        consumer = KafkaConsumer(
            bootstrap_servers=servers,
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
    except (KafkaError, ValueError) as error:
        raise BrokerUnavailable(broker, f"no answer; is it running, and is the address right? ({error})") from error
    try:
        numbers = consumer.partitions_for_topic(topic.name)
        if not numbers:
            raise BrokerUnavailable(broker, f"has no topic {topic.name}: run `groundswell topics create`")
        parts = [TopicPartition(topic.name, number) for number in sorted(numbers)]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        yield TopicReader(broker, consumer, parts, codec, left_out)
    except KafkaError as error:
        raise BrokerUnavailable(broker, f"the request failed: {error}") from error
    finally:
        consumer.close()
