"""A broker for tests: remembers what it is sent, and fails when told to."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec

from services.domain.errors import BrokerUnavailable
from services.kafka.connection import Answer
from services.kafka.errors import RecordRefused
from services.kafka.producer_record import ProducerRecord


class FakeConnection:
    """Answers each record at once, unless `silent`: then it says nothing until `close` is called or it speaks again.

    Of each group it takes `taking` records at most; those behind them fail.
    """

    broker = "fake:9092"

    def __init__(self) -> None:
        self.down = False
        self.failure: BrokerUnavailable | None = None
        """Of `connect`."""
        self.silent = False
        self.refusing: set[str] = set()
        self.taking = 1_000_000
        self.received: list[ProducerRecord] = []
        self.connects = 0
        self._open = threading.Event()

    def connect(self) -> None:
        """Succeeds unless down, or told to fail."""
        self.connects += 1
        if self.failure is not None:
            raise self.failure
        if self.down:
            raise BrokerUnavailable(self.broker, "nobody answers")
        self._open.set()

    def deliver(self, records: Sequence[ProducerRecord], timeout_seconds: float) -> list[Answer]:
        """Takes the records, refuses them or fails."""
        while self.silent and self._open.is_set():
            threading.Event().wait(0.01)
        return [self._answer(record, index) for index, record in enumerate(records)]

    def close(self) -> None:
        """What is unanswered fails."""
        self._open.clear()

    def numbers(self) -> list[int]:
        """The numbers in the records that arrived."""
        return [int(msgspec.json.decode(record.value)["n"]) for record in self.received]

    def _answer(self, record: ProducerRecord, index: int) -> Answer:
        if self.down or not self._open.is_set() or index >= self.taking:
            return BrokerUnavailable(self.broker, "timed out")
        if record.topic in self.refusing:
            return RecordRefused("too large")
        self.received.append(record)
        return None
