"""A broker for tests: keeps what it is sent, and fails when told to."""

from __future__ import annotations

import threading

import msgspec

from services.domain.errors import BrokerUnavailable
from services.kafka.connection import OnDelivery, RecordRefused
from services.kafka.producer_record import ProducerRecord


class FakeConnection:
    """Answers each record at once, from the sender's own thread, unless `holding`: then it waits for `answer`."""

    broker = "fake:9092"

    def __init__(self) -> None:
        self.down = False
        self.holding = False
        self.refusing: set[str] = set()
        self.received: list[ProducerRecord] = []
        self.connects = 0
        self._held: list[tuple[ProducerRecord, OnDelivery]] = []
        self._lock = threading.Lock()

    def connect(self) -> None:
        """Succeeds unless down."""
        self.connects += 1
        if self.down:
            raise BrokerUnavailable(self.broker, "nobody answers")

    def send(self, parcel: ProducerRecord, done: OnDelivery) -> None:
        """Takes the record, holds it, refuses it or fails."""
        if self.holding:
            with self._lock:
                self._held.append((parcel, done))
            return
        self._answer(parcel, done)

    def flush(self, timeout_seconds: float) -> None:
        """There is nothing to wait for."""

    def close(self, timeout_seconds: float) -> None:
        """What is held fails."""
        with self._lock:
            held, self._held = self._held, []
        for _, done in held:
            done(BrokerUnavailable(self.broker, "closed"))

    def answer(self, fail: bool = False) -> None:
        """Answer all that is held, in order."""
        with self._lock:
            held, self._held = self._held, []
        for parcel, done in held:
            if fail:
                done(BrokerUnavailable(self.broker, "timed out"))
            else:
                self._answer(parcel, done)

    def numbers(self) -> list[int]:
        """The numbers in the records that arrived."""
        return [int(msgspec.json.decode(parcel.value)["n"]) for parcel in self.received]

    def _answer(self, parcel: ProducerRecord, done: OnDelivery) -> None:
        if self.down:
            done(BrokerUnavailable(self.broker, "timed out"))
        elif parcel.topic in self.refusing:
            done(RecordRefused("too large"))
        else:
            with self._lock:
                self.received.append(parcel)
            done(None)
