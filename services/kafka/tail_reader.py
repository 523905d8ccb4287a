"""Reads the topics that the demo shows, from their start, without a consumer group."""

from __future__ import annotations

from types import TracebackType

from kafka import KafkaConsumer, TopicPartition

from services.domain.messages import DeadLetter, IncidentCleared, IncidentRaised, Message, ScoredText, WatermarkUpdate
from services.kafka.codec import Codec
from services.kafka.end_offsets import end_offsets
from services.kafka.topics import ALERTS, DEAD, SCORED

SHOWN = (SCORED, DEAD, ALERTS)


class Reader:
    """A consumer of all partitions of the shown topics; closed at the end of a `with` block."""

    def __init__(self, broker: str) -> None:
        self._broker = broker
        self._codec = Codec(ScoredText, WatermarkUpdate, DeadLetter, IncidentRaised, IncidentCleared)
        self._consumer = KafkaConsumer(
            bootstrap_servers=broker, group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
        )
        self._parts = [TopicPartition(topic.name, n) for topic in SHOWN for n in range(topic.partitions)]
        self._consumer.assign(self._parts)
        self._consumer.seek_to_beginning(*self._parts)

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def read(self, wait_seconds: float) -> list[Message]:
        """What has come; waits for at most `wait_seconds` when there is nothing.

        :raises InvalidMessage: when one of our own processes wrote something unreadable.
        """
        batches = self._consumer.poll(timeout_ms=int(wait_seconds * 1000), max_records=1_000)
        return [self._codec.decode(record.value) for batch in batches.values() for record in batch]

    def has_all(self) -> bool:
        """Whether everything that is on the topics now was read."""
        known = end_offsets(self._broker, [(part.topic, part.partition) for part in self._parts])
        return all(self._consumer.position(part) >= known[part.topic, part.partition] for part in self._parts)
