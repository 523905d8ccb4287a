"""Every record reaches the broker: straight away while it answers, over the spool while it does not.

Order per source holds: while anything waits on disk, all later records go behind it. A record may arrive
twice (the broker wrote it but could not say so), never not at all.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from services.domain.errors import CRASHED, BrokerUnavailable, GroundswellError
from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.delivery.drain import drain_group
from services.ingest.delivery.spool import Spool
from services.kafka.connection import BrokerConnection
from services.kafka.errors import RecordRefused
from services.kafka.producer_record import ProducerRecord

log = logging.getLogger(__name__)

MAX_PENDING = 20_000
"""Records that may wait for the broker in memory; `send` blocks beyond."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
"""Between two tries to reach the broker. The pause is a state of the outbox, no call that is retried: meanwhile its
thread writes to the spool what comes, and `close` ends the pause.
"""

DeliveryStatus = Literal["delivered", "spooled"]
"""How a record became safe."""


@dataclass(frozen=True, slots=True)
class _QueuedRecord:
    number: int
    record: ProducerRecord
    status: Future[DeliveryStatus]


class Outbox:
    """One thread of its own writes to the spool and empties it; `send` may be called from any thread."""

    def __init__(self, connection: BrokerConnection, spool: Spool, callbacks: DeliveryCallbacks) -> None:
        self._connection = connection
        self._spool = spool
        self._callbacks = callbacks
        self._changed = threading.Condition()
        self._room = threading.BoundedSemaphore(MAX_PENDING)
        self._connected = False
        self._up = False  # connected, and nothing waits on disk
        self._closing = False
        self._sent = 0
        self._in_flight = 0
        self._waiting: list[_QueuedRecord] = []  # for the disk
        self._failures = 0
        self._retry_at = 0.0
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Start to connect, and to send what an earlier process left on disk; returns at once."""
        self._callbacks.spooled(len(self._spool))
        self._thread.start()

    def wait_until_up(self, seconds: float, stopping: threading.Event) -> bool:
        """Whether within `seconds` the broker was reached and nothing was left on disk."""
        deadline = monotonic() + seconds
        with self._changed:
            while not self._up and not stopping.is_set() and monotonic() < deadline:
                self._changed.wait(0.1)
            return self._up

    def send(self, record: ProducerRecord) -> Future[DeliveryStatus]:
        """Hand over one record; the future says when it is safe, or fails with the disk's OSError."""
        self._room.acquire()
        with self._changed:
            self._sent += 1
            queued = _QueuedRecord(self._sent, record, Future())
            if not self._up:
                self._waiting.append(queued)
                self._changed.notify_all()
                return queued.status
            self._in_flight += 1
        self._connection.send(record, lambda error: self._answered(queued, error))
        return queued.status

    def pending(self) -> int:
        """Records in memory that are neither confirmed nor on disk."""
        with self._changed:
            return self._in_flight + len(self._waiting)

    def close(self, seconds: float) -> int:
        """Deliver what can be in `seconds`, leave the rest on disk, disconnect; how many are left there.

        Nothing may be sent afterwards.
        """
        if not self._thread.is_alive():
            return len(self._spool)
        deadline = monotonic() + seconds
        with self._changed:
            self._retry_at = 0.0
            while (self._in_flight or self._waiting or len(self._spool)) and monotonic() < deadline:
                self._changed.wait(0.1)
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        return len(self._spool)

    def _answered(self, queued: _QueuedRecord, error: GroundswellError | None) -> None:
        """The broker's answer to a record that was sent straight away; runs in the connection's thread."""
        if isinstance(error, RecordRefused):
            letter = self._callbacks.refused(queued.record, error)
            if letter is not None:
                instead = _QueuedRecord(queued.number, letter, queued.status)
                self._connection.send(letter, lambda failure: self._answered(instead, failure))
                return
        safe = error is None or isinstance(error, RecordRefused)
        if error is None:
            self._callbacks.delivered(queued.record)
        with self._changed:
            self._in_flight -= 1
            if not safe:
                if self._up:
                    log.warning("%s; texts go to %s until it answers", error, self._spool.path)
                self._up = self._connected = False
                self._waiting.append(queued)
            self._changed.notify_all()
        if safe:
            self._settle(queued, "delivered")

    def _settle(self, queued: _QueuedRecord, status: DeliveryStatus | OSError) -> None:
        self._room.release()
        if isinstance(status, OSError):
            queued.status.set_exception(status)
        else:
            queued.status.set_result(status)

    def _run(self) -> None:
        """The thread. An unforeseen error ends the process; what is on disk is sent at the next start."""
        try:
            self._work()
        except Exception:
            log.exception("the outbox failed; the process ends")
            os._exit(CRASHED)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (self._may_write() or self._may_drain() or self._closing):
                    self._changed.wait(0.1)
                waiting = self._waiting if self._may_write() else []
                if waiting:
                    self._waiting = []
            if waiting:
                self._write(sorted(waiting, key=lambda queued: queued.number))
            elif not self._closing:
                self._drain()
            elif self._in_flight:
                self._connection.close(1.0)  # what the broker does not confirm now fails, and is written to disk
            else:
                self._connection.close(1.0)
                return

    def _may_write(self) -> bool:
        """Something waits for the disk, and nothing is in flight that may have to go before it."""
        return bool(self._waiting) and not self._in_flight

    def _may_drain(self) -> bool:
        """The broker is not reached, all that failed is on disk, and the pause is over."""
        return not self._up and not self._in_flight and monotonic() >= self._retry_at

    def _write(self, waiting: list[_QueuedRecord]) -> None:
        try:
            self._spool.append([queued.record for queued in waiting])
        except OSError as error:
            log.error("the spool %s cannot be written: %s", self._spool.path, error)
            for queued in waiting:
                self._settle(queued, error)
            return
        self._callbacks.spooled(len(self._spool))
        for queued in waiting:
            self._settle(queued, "spooled")

    def _drain(self) -> None:
        """Connect if need be and send one group from the disk; the outbox is up when nothing is left there."""
        try:
            if not self._connected:
                self._connection.connect()
                self._connected = True
            drain_group(self._spool, self._connection, self._callbacks)
        except BrokerUnavailable as error:
            self._connected = False
            pause = min(FIRST_PAUSE_SECONDS * 2.0**self._failures, LONGEST_PAUSE_SECONDS)
            self._failures = min(self._failures + 1, 10)
            self._retry_at = monotonic() + pause
            log.warning(
                "%s; %d texts wait in %s, next try in %.1f s",
                error,
                len(self._spool),
                self._spool.path,
                pause,
            )
            return
        with self._changed:
            self._failures = 0
            self._up = len(self._spool) == 0 and not self._waiting
            self._changed.notify_all()
