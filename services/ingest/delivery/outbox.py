"""Every record goes to disk, and from there to the broker.

There is one queue, the spool, so the order in which records come is the order in which they are sent. A record is
accepted when it is on disk: records that gather while the disk is busy are written together and synced once (group
commit), so that under load one sync serves many.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic

from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.delivery.not_accepted import NotAccepted
from services.ingest.delivery.sender import Sender
from services.ingest.delivery.spool import Spool
from services.ingest.delivery.thread import start_thread
from services.kafka.connection import BrokerConnection
from services.kafka.producer_record import ProducerRecord

log = logging.getLogger(__name__)

MAX_PENDING = 10_000
"""Records that may wait for the disk in memory; `send` blocks beyond."""
ROOM_SECONDS = 2.0
"""How long it blocks for those who are told to come again."""
GROUP = 1_000
GROUP_BYTES = 1_000_000
"""What is written to disk and synced together at most; one record may be larger."""
AGAIN_SECONDS = 0.5
"""Between two tries to write to a disk that is full."""
SILENCE_SECONDS = 60.0
"""Between two lines in the log about that."""


@dataclass(frozen=True, slots=True)
class _QueuedRecord:
    record: ProducerRecord
    accepted: Future[None]


class Outbox:
    """One thread writes to the spool, another (`Sender`) empties it; `send` may be called from any thread.

    `patient` says what happens when the disk does not take records: while it is true they wait, and with them whoever
    sends; when not, they are refused.
    """

    def __init__(
        self, connection: BrokerConnection, spool: Spool, callbacks: DeliveryCallbacks, patient: Callable[[], bool]
    ) -> None:
        self._spool = spool
        self._sender = Sender(connection, spool, callbacks)
        self._patient = patient
        self._changed = threading.Condition()
        self._room = threading.BoundedSemaphore(MAX_PENDING)
        self._queue: deque[_QueuedRecord] = deque()
        self._pending = 0
        self._closing = False
        self._tell_at = 0.0
        self._writer: threading.Thread | None = None
        self.refused = 0
        """Records that were not accepted."""

    def start(self) -> None:
        """Start to connect, and to send what an earlier process left on disk; returns at once."""
        self._sender.start()
        self._writer = start_thread("spool writer", self._write_groups)

    def wait_until_reached(self, seconds: float, stopping: threading.Event) -> bool:
        """Whether the broker was reached within `seconds`.

        :raises BrokerRefused: at once when a login, a certificate or a right is at fault.
        """
        return self._sender.wait_until_reached(seconds, stopping)

    def send(self, record: ProducerRecord) -> Future[None]:
        """Hand over one record; the future is done when it is safe on disk, or fails with `NotAccepted`."""
        queued = _QueuedRecord(record, Future())
        while not self._room.acquire(timeout=ROOM_SECONDS):
            if not self._patient():
                return self._refuse(queued, NotAccepted(f"{MAX_PENDING} texts wait for the disk"))
        with self._changed:
            if not self._closing:
                self._queue.append(queued)
                self._pending += 1
                self._changed.notify_all()
                return queued.accepted
        self._room.release()
        return self._refuse(queued, NotAccepted("the process ends"))

    def wait_until_delivered(self, seconds: float, stopping: threading.Event) -> bool:
        """Whether the broker had everything within `seconds`."""
        deadline = monotonic() + seconds
        while self._pending or len(self._spool):
            if stopping.wait(0.05) or monotonic() > deadline:
                return False
        return True

    def pending(self) -> int:
        """Records in memory that are not yet safe."""
        return self._pending

    def close(self, seconds: float) -> int:
        """Write what is in memory to disk, deliver what can be in `seconds`, disconnect; how many are left on disk.

        What is sent afterwards is refused.
        """
        deadline = monotonic() + seconds
        with self._changed:
            if self._closing:
                return len(self._spool)
            self._closing = True
            self._changed.notify_all()
        while self._writer is not None and self._writer.is_alive():
            self._writer.join(0.1)
            if monotonic() > deadline and not self._patient():
                break
        self._sender.stop(max(0.0, deadline - monotonic()))
        return len(self._spool)

    def _write_groups(self) -> None:
        while group := self._next_group():
            failure = self._write(group)
            for queued in group:
                if failure is None:
                    queued.accepted.set_result(None)
                else:
                    self._refuse(queued, failure)
            with self._changed:
                self._pending -= len(group)
            self._room.release(len(group))
            self._sender.wake()

    def _next_group(self) -> list[_QueuedRecord]:
        """What has gathered, once there is something; nothing at the end."""
        group: list[_QueuedRecord] = []
        size = 0
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
            while self._queue and len(group) < GROUP and size < GROUP_BYTES:
                group.append(self._queue.popleft())
                size += len(group[-1].record.value)
        return group

    def _write(self, group: list[_QueuedRecord]) -> NotAccepted | None:
        """Why the disk does not take the records; None when they are on it."""
        while True:
            try:
                self._spool.append([queued.record for queued in group])
                self._tell_at = 0.0
                return None
            except NotAccepted as error:
                failure = error
            except OSError as error:
                failure = NotAccepted(f"the disk refuses the spool {self._spool.path}: {error.strerror or error}")
            if monotonic() >= self._tell_at:
                log.error("%s; texts %s", failure, "wait" if self._patient() else "are refused")
                self._tell_at = monotonic() + SILENCE_SECONDS
            if not self._patient():
                return failure
            threading.Event().wait(AGAIN_SECONDS)

    def _refuse(self, queued: _QueuedRecord, failure: NotAccepted) -> Future[None]:
        with self._changed:
            self.refused += 1
        queued.accepted.set_exception(failure)
        return queued.accepted
