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
from functools import partial
from time import monotonic
from typing import Literal

from services.domain.errors import CRASHED, BrokerUnavailable, GroundswellError
from services.ingest.delivery.spool import Spool
from services.kafka.connection import BrokerConnection, DeliveryCallbacks, RecordRefused
from services.kafka.producer_record import ProducerRecord

log = logging.getLogger(__name__)

MAX_PENDING = 20_000
"""Records that may wait for the broker in memory; `send` blocks beyond."""
DRAIN_GROUP = 500
FLUSH_SECONDS = 4.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0

DeliveryStatus = Literal["delivered", "spooled"]


@dataclass(frozen=True, slots=True)
class _QueuedRecord:
    number: int
    parcel: ProducerRecord
    fate: Future[DeliveryStatus]


class Outbox:
    """One thread of its own writes to the spool and empties it; `send` may be called from any thread."""

    def __init__(self, link: BrokerConnection, spool: Spool, hooks: DeliveryCallbacks) -> None:
        self._link = link
        self._spool = spool
        self._hooks = hooks
        self._changed = threading.Condition()
        self._slots = threading.BoundedSemaphore(MAX_PENDING)
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
        self._hooks.spooled(len(self._spool))
        self._thread.start()

    def wait_until_up(self, seconds: float, stopping: threading.Event) -> bool:
        """Whether within `seconds` the broker was reached and nothing was left on disk."""
        deadline = monotonic() + seconds
        with self._changed:
            while not self._up and not stopping.is_set() and monotonic() < deadline:
                self._changed.wait(0.1)
            return self._up

    def send(self, parcel: ProducerRecord) -> Future[DeliveryStatus]:
        """Hand over one record; the future says when it is safe, or fails with the disk's OSError."""
        self._slots.acquire()
        with self._changed:
            self._sent += 1
            entry = _QueuedRecord(self._sent, parcel, Future())
            if not self._up:
                self._waiting.append(entry)
                self._changed.notify_all()
                return entry.fate
            self._in_flight += 1
        self._link.send(parcel, lambda error: self._answered(entry, error))
        return entry.fate

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

    def _answered(self, entry: _QueuedRecord, error: GroundswellError | None) -> None:
        """The broker's answer to a record that was sent straight away; runs in the link's thread."""
        if isinstance(error, RecordRefused):
            letter = self._hooks.refused(entry.parcel, error)
            if letter is not None:
                self._link.send(
                    letter, lambda failure: self._answered(_QueuedRecord(entry.number, letter, entry.fate), failure)
                )
                return
        safe = error is None or isinstance(error, RecordRefused)
        if error is None:
            self._hooks.delivered(entry.parcel)
        with self._changed:
            self._in_flight -= 1
            if not safe:
                if self._up:
                    log.warning("%s; texts go to %s until it answers", error, self._spool.path)
                self._up = self._connected = False
                self._waiting.append(entry)
            self._changed.notify_all()
        if safe:
            self._settle(entry, "delivered")

    def _settle(self, entry: _QueuedRecord, fate: DeliveryStatus | OSError) -> None:
        self._slots.release()
        if isinstance(fate, OSError):
            entry.fate.set_exception(fate)
        else:
            entry.fate.set_result(fate)

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
                entries = self._waiting if self._may_write() else []
                if entries:
                    self._waiting = []
            if entries:
                self._write(sorted(entries, key=lambda entry: entry.number))
            elif not self._closing:
                self._drain()
            elif self._in_flight:
                self._link.close(1.0)  # what the broker does not confirm now fails, and is written to disk
            else:
                self._link.close(1.0)
                return

    def _may_write(self) -> bool:
        """Something waits for the disk, and nothing is in flight that may have to go before it."""
        return bool(self._waiting) and not self._in_flight

    def _may_drain(self) -> bool:
        """The line is down, all that failed is on disk, and the pause is over."""
        return not self._up and not self._in_flight and monotonic() >= self._retry_at

    def _write(self, entries: list[_QueuedRecord]) -> None:
        try:
            self._spool.append([entry.parcel for entry in entries])
        except OSError as error:
            log.error("the spool %s cannot be written: %s", self._spool.path, error)
            for entry in entries:
                self._settle(entry, error)
            return
        self._hooks.spooled(len(self._spool))
        for entry in entries:
            self._settle(entry, "spooled")

    def _drain(self) -> None:
        """Connect if need be and send one group from the disk; the line is up when nothing is left there."""
        try:
            if not self._connected:
                self._link.connect()
                self._connected = True
            self._send_again(self._spool.peek(DRAIN_GROUP))
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

    def _send_again(self, parcels: list[ProducerRecord]) -> None:
        """Send records from the disk, and forget those up to the first that failed.

        :raises BrokerUnavailable: when one failed.
        """
        if not parcels:
            return
        silence = BrokerUnavailable(self._link.broker, f"no answer within {FLUSH_SECONDS:.0f} s")
        answers: dict[int, GroundswellError | None] = {}
        for index, parcel in enumerate(parcels):
            self._link.send(parcel, partial(answers.__setitem__, index))
        self._link.flush(FLUSH_SECONDS)
        done = 0
        for index, parcel in enumerate(parcels):
            answer = answers.get(index, silence)
            if isinstance(answer, RecordRefused):
                letter = self._hooks.refused(parcel, answer)
                if letter is not None:
                    self._spool.append([letter])
            elif answer is not None:
                break
            else:
                self._hooks.delivered(parcel)
            done += 1
        self._spool.advance(done)
        self._hooks.spooled(len(self._spool))
        if done < len(parcels):
            failure = answers.get(done, silence)
            raise failure if isinstance(failure, BrokerUnavailable) else silence
