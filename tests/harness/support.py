"""Helpers for tests in real processes: polls with a deadline, and a plain consumer and producer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from typing import Any, TypeVar

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.kafka.broker import Broker
from services.kafka.end_offsets import end_offsets

T = TypeVar("T")


def wait_until(predicate: Callable[[], T], deadline_seconds: float = 30.0, what: str = "") -> T:
    """The first true value of `predicate()`, asked ten times a second.

    :raises AssertionError: when there is none within `deadline_seconds`.
    """
    deadline = monotonic() + deadline_seconds
    while True:
        value = predicate()
        if value:
            return value
        if monotonic() > deadline:
            raise AssertionError(f"not within {deadline_seconds} s: {what or predicate}; last value {value!r}")
        Event().wait(0.1)


def consume(broker: str, topic: str, count: int, deadline_seconds: float = 30.0) -> list[Any]:
    """The records of `topic` from its start: all that came once there are at least `count`.

    With `count` 0, what the topic holds at this moment. Records are in the order of each partition.

    :raises AssertionError: when there are fewer than `count` within the deadline.
    """
    with _reading(broker, topic) as consumer:
        records: list[Any] = []
        parts = consumer.assignment()
        known = end_offsets(Broker(broker), [(part.topic, part.partition) for part in parts])
        deadline = monotonic() + deadline_seconds

        def done() -> bool:
            if count:
                return len(records) >= count
            return all(consumer.position(part) >= known[part.topic, part.partition] for part in parts)

        while not done():
            records += _next_records(consumer)
            assert monotonic() <= deadline or done(), (
                f"{topic}: expected {count} records within {deadline_seconds} s, got {len(records)}"
            )
        return records


def consume_until(
    broker: str, topic: str, is_last: Callable[[Any], bool], deadline_seconds: float = 30.0, what: str = ""
) -> None:
    """Read `topic` from its start until a record comes of which `is_last` is true; it is asked once of each.

    :raises AssertionError: when there is none within the deadline.
    """
    deadline = monotonic() + deadline_seconds
    with _reading(broker, topic) as consumer:
        while not any(map(is_last, _next_records(consumer))):
            assert monotonic() <= deadline, f"{topic}: not within {deadline_seconds} s: {what}"


def produce(
    broker: str, topic: str, records: Iterable[tuple[bytes | None, bytes]], partition: int | None = None
) -> None:
    """Send (key, value) records and wait until the broker has acknowledged each."""
    producer = KafkaProducer(bootstrap_servers=broker, acks="all", linger_ms=5)
    try:
        futures = [producer.send(topic, key=key, value=value, partition=partition) for key, value in records]
        for future in futures:
            future.get(timeout=30)
    finally:
        producer.close()


@contextmanager
def _reading(broker: str, topic: str) -> Iterator[KafkaConsumer]:
    """A consumer of all partitions of a topic, at their starts."""
    consumer = KafkaConsumer(
        bootstrap_servers=broker, group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
    )
    try:
        numbers = wait_until(lambda: consumer.partitions_for_topic(topic), 10, f"topic {topic}")
        consumer.assign([TopicPartition(topic, number) for number in sorted(numbers)])
        consumer.seek_to_beginning()
        yield consumer
    finally:
        consumer.close()


def _next_records(consumer: KafkaConsumer) -> list[Any]:
    batches = consumer.poll(timeout_ms=200, max_records=5_000).values()
    return [record for batch in batches for record in batch]
