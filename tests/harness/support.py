"""Helpers for tests in real processes: polls with a deadline, and a plain consumer and producer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Event
from time import monotonic
from typing import Any, TypeVar

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

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
    consumer = KafkaConsumer(
        bootstrap_servers=broker, group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
    )
    records: list[Any] = []
    try:
        parts = [
            TopicPartition(topic, number)
            for number in sorted(wait_until(lambda: consumer.partitions_for_topic(topic), 10, f"topic {topic}"))
        ]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        known = end_offsets(broker, [(part.topic, part.partition) for part in parts])
        deadline = monotonic() + deadline_seconds

        def done() -> bool:
            if count:
                return len(records) >= count
            return all(consumer.position(part) >= known[part.topic, part.partition] for part in parts)

        while not done():
            for batch in consumer.poll(timeout_ms=200, max_records=5_000).values():
                records.extend(batch)
            assert monotonic() <= deadline or done(), (
                f"{topic}: expected {count} records within {deadline_seconds} s, got {len(records)}"
            )
        return records
    finally:
        consumer.close()


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
