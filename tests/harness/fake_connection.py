"""A broker for tests: remembers what it is sent, and fails when told to."""

from __future__ import annotations

import threading

import msgspec

from services.domain.errors import BrokerUnavailable
from services.kafka.connection import OnDelivery
from services.kafka.errors import RecordRefused
from services.kafka.producer_record import ProducerRecord


class FakeConnection:
    """Answers each record at once, from the sender's own thread, unless `delaying`: then it waits for `answer`."""

    broker = "fake:9092"

    def __init__(self) -> None:
        self.down = False
        self.delaying = False
        self.refusing: set[str] = set()
        self.received: list[ProducerRecord] = []
        self.connects = 0
        self.unanswered: list[tuple[ProducerRecord, OnDelivery]] = []
        self._lock = threading.Lock()

    def connect(self) -> None:
        """Succeeds unless down."""
        self.connects += 1
        if self.down:
            raise BrokerUnavailable(self.broker, "nobody answers")

    def send(self, record: ProducerRecord, done: OnDelivery) -> None:
        """Takes the record, delays it, refuses it or fails."""
        if self.delaying:
            with self._lock:
                self.unanswered.append((record, done))
            return
        self._answer(record, done)

    def flush(self, timeout_seconds: float) -> None:
        """There is nothing to wait for."""

    def close(self, timeout_seconds: float) -> None:
        """What is unanswered fails."""
        with self._lock:
            unanswered, self.unanswered = self.unanswered, []
        for _, done in unanswered:
            done(BrokerUnavailable(self.broker, "closed"))

    def answer(self, fail: bool = False) -> None:
        """Answer all that is unanswered, in order."""
        with self._lock:
            unanswered, self.unanswered = self.unanswered, []
        for record, done in unanswered:
            if fail:
                done(BrokerUnavailable(self.broker, "timed out"))
            else:
                self._answer(record, done)

    def numbers(self) -> list[int]:
        """The numbers in the records that arrived."""
        return [int(msgspec.json.decode(record.value)["n"]) for record in self.received]

    def _answer(self, record: ProducerRecord, done: OnDelivery) -> None:
        if self.down:
            done(BrokerUnavailable(self.broker, "timed out"))
        elif record.topic in self.refusing:
            done(RecordRefused("too large"))
        else:
            with self._lock:
                self.received.append(record)
            done(None)
