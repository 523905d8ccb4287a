"""Sends a stream of raw records at its pace, whatever happens to the broker, and knows what was acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from time import monotonic

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.kafka.broker import Broker
from services.kafka.idempotent_producer import idempotent_producer
from services.kafka.topics import COMMENTS_RAW
from tests.faults.records import RawRecord, beats
from tests.faults.world import rest

ANSWER_SECONDS = 10.0
RETRY_SECONDS = 0.3
HEARD_SECONDS = 3.0
"""In which heartbeats have come through scoring."""


class Feeder:
    """Sends portions in a thread, over so many `seconds` or as fast as it can once it is to `hurry`."""

    def __init__(self, broker: str, portions: Sequence[Sequence[RawRecord]], seconds: float) -> None:
        self.sent: set[str] = set()
        """The ids of the texts that were acknowledged."""
        self._sent_until = 0
        """The time of the latest of them (ms)."""
        self._broker = Broker(broker)
        self._portions = portions
        self._pause = seconds / max(len(portions), 1)
        self._hurries = threading.Event()
        self._stopped = threading.Event()
        self._turn = threading.Lock()
        """Who has it may send."""
        self._producer: KafkaProducer | None = None
        self._thread = threading.Thread(target=self._run, name="feeder")

    def __enter__(self) -> Feeder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._hurries.set()
        self._thread.join()
        self._drop_producer()

    @property
    def is_done(self) -> bool:
        """Whether all is sent."""
        return not self._thread.is_alive()

    def hurry(self, deadline_seconds: float) -> None:
        """Send the rest at once, and wait until it is acknowledged.

        :raises AssertionError: when it is not within the deadline.
        """
        self._hurries.set()
        self._thread.join(deadline_seconds)
        assert self.is_done, f"the broker has not acknowledged the texts within {deadline_seconds:.0f} s"

    def send_now(self, records: Sequence[RawRecord]) -> None:
        """Send records behind what was sent, before what is to come."""
        with self._turn:
            self._deliver(records)

    def send_beat(self, time: int) -> None:
        """Heartbeats at `time` (ms) in all partitions that are fed."""
        self.send_now(beats(time))

    def interrupt(self, records: Sequence[RawRecord], seconds: float) -> None:
        """Send these, and nothing else for so long; then a heartbeat a partition, as a source does, so that none is
        taken for idle while the texts of the other one come.
        """
        with self._turn:
            self._deliver(records)
            rest(seconds)
            self._deliver(beats(self._sent_until))
            rest(HEARD_SECONDS)

    def _run(self) -> None:
        for portion in self._portions:
            self._hurries.wait(self._pause)
            if self._stopped.is_set():
                return
            with self._turn:
                self._deliver(portion)

    def _deliver(self, records: Sequence[RawRecord]) -> None:
        """Send records again until each is acknowledged; one that was, without our knowing, comes twice."""
        pending = list(records)
        while pending and not self._stopped.is_set():
            pending = self._try(pending)
            if pending:
                self._stopped.wait(RETRY_SECONDS)

    def _try(self, records: list[RawRecord]) -> list[RawRecord]:
        """Those that were not acknowledged."""
        answered = 0
        deadline = monotonic() + ANSWER_SECONDS
        failed: list[RawRecord] = []
        try:
            if self._producer is None:
                self._producer = idempotent_producer(self._broker, "faults")
            futures = [
                self._producer.send(COMMENTS_RAW.name, key=b"test", value=each.value, partition=each.partition)
                for each in records
            ]
            for record, future in zip(records, futures, strict=True):
                try:
                    future.get(timeout=max(deadline - monotonic(), 0.0))
                except KafkaError:
                    failed.append(record)
                else:
                    self._note(record)
                answered += 1
        except KafkaError:
            failed += records[answered:]
        if failed:
            self._drop_producer()
        return failed

    def _note(self, record: RawRecord) -> None:
        if record.text is not None:
            self.sent.add(record.text)
            self._sent_until = max(self._sent_until, record.time)

    def _drop_producer(self) -> None:
        if self._producer is not None:
            self._producer.close(0)
            self._producer = None
