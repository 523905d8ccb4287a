"""Sends what stands in the spool, oldest first, and goes on where it was whatever the broker does."""

from __future__ import annotations

import logging
import threading
from time import monotonic

from services.domain.errors import BrokerRefused, BrokerUnavailable, GroundswellError
from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.delivery.spool import Spool
from services.ingest.delivery.thread import start_thread
from services.kafka.connection import BrokerConnection
from services.kafka.errors import RecordRefused
from services.kafka.idempotent_producer import ANSWER_SECONDS
from services.kafka.producer_record import ProducerRecord

log = logging.getLogger(__name__)

GROUP = 1_000
"""Records that are sent together, and confirmed together."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
"""Between two tries to reach the broker; the log has one line a try."""
END_SECONDS = 1.0
"""For a send under way to notice that the connection is closed."""


class Sender:
    """One thread of its own. What it has sent is confirmed up to the first record that failed; from there on it sends
    again, so a record may arrive twice (the broker wrote it but could not say so), never not at all.
    """

    def __init__(self, connection: BrokerConnection, spool: Spool, callbacks: DeliveryCallbacks) -> None:
        self._connection = connection
        self._spool = spool
        self._callbacks = callbacks
        self._changed = threading.Condition()
        self._work_came = False
        self._reached = False
        self._refusal: BrokerRefused | None = None
        self._stopping = False
        self._connected = False
        self._behind = len(spool) > 0
        self._failures = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start to connect, and to send what an earlier process left on disk; returns at once."""
        self._callbacks.spooled(len(self._spool))
        self._thread = start_thread("sender", self._work)

    def wake(self) -> None:
        """There is something new in the spool."""
        with self._changed:
            self._work_came = True
            self._changed.notify_all()

    def wait_until_reached(self, seconds: float, stopping: threading.Event) -> bool:
        """Whether the broker was reached within `seconds`.

        :raises BrokerRefused: at once when a login, a certificate or a right is at fault.
        """
        deadline = monotonic() + seconds
        with self._changed:
            while not self._reached and not stopping.is_set() and monotonic() < deadline:
                if self._refusal is not None:
                    raise self._refusal
                self._changed.wait(0.1)
            return self._reached

    def stop(self, seconds: float) -> None:
        """Send what can be sent in `seconds` while the broker answers, then disconnect; the rest stays in the spool."""
        deadline = monotonic() + seconds
        with self._changed:
            while self._connected and len(self._spool) and monotonic() < deadline:
                self._changed.wait(0.1)
            self._stopping = True
            self._changed.notify_all()
        self._connection.close()
        if self._thread is not None:
            self._thread.join(END_SECONDS)  # one that is just connecting is left to itself, and to the process' end

    def _work(self) -> None:
        pause = 0.0
        while self._may_go_on(pause):
            pause = self._send_or_pause()

    def _may_go_on(self, pause: float) -> bool:
        """Whether to go on, once `pause` (seconds) is over and there is something to do."""
        deadline = monotonic() + pause
        with self._changed:
            while not self._stopping and monotonic() < deadline:
                self._changed.wait(deadline - monotonic())
            while not self._stopping and self._connected and not self._work_came:
                self._changed.wait()
            self._work_came = False
            return not self._stopping

    def _send_or_pause(self) -> float:
        """Connect if need be and send all there is; how long to pause (seconds)."""
        try:
            if not self._connected:
                self._connection.connect()
                with self._changed:
                    self._connected = self._reached = True
                    self._changed.notify_all()
            while not self._stopping and (records := self._spool.peek(GROUP)):
                self._send(records)
        except BrokerUnavailable as error:
            return self._back_off(error)
        return 0.0

    def _send(self, records: list[ProducerRecord]) -> None:
        """Send a group, and forget those up to the first that failed.

        :raises BrokerUnavailable: when one failed.
        """
        failure: GroundswellError | None = None
        done = 0
        for record, answer in zip(records, self._connection.deliver(records, ANSWER_SECONDS), strict=True):
            failure = self._bury(record, answer) if isinstance(answer, RecordRefused) else answer
            if failure is not None:
                break
            if answer is None:
                self._callbacks.delivered(record)
            done += 1
        self._forget(done)
        if failure is not None:
            raise failure
        self._failures = 0
        self._tell_waiting()

    def _bury(self, record: ProducerRecord, error: RecordRefused) -> GroundswellError | None:
        """Send a dead letter in place of a record that the broker will never take; what went wrong with that."""
        letter = self._callbacks.refused(record, error)
        if letter is None:
            return None
        (answer,) = self._connection.deliver([letter], ANSWER_SECONDS)
        if isinstance(answer, RecordRefused):
            self._callbacks.refused(letter, answer)
            return None
        return answer

    def _forget(self, done: int) -> None:
        try:
            self._spool.advance(done)
        except OSError as error:
            log.warning("%s: what is confirmed cannot be noted (%s); a restart sends it again", self._spool.path, error)

    def _tell_waiting(self) -> None:
        """How many wait for the broker: what is on its way to one that answers does not count."""
        waiting = len(self._spool)
        self._behind = self._behind and waiting > 0
        self._callbacks.spooled(waiting if self._behind else 0)

    def _back_off(self, error: BrokerUnavailable) -> float:
        self._connected = False
        with self._changed:
            self._refusal = error if isinstance(error, BrokerRefused) else None
            self._changed.notify_all()
        if self._stopping:
            return 0.0
        self._behind = True
        self._tell_waiting()
        pause = min(FIRST_PAUSE_SECONDS * 2.0**self._failures, LONGEST_PAUSE_SECONDS)
        self._failures = min(self._failures + 1, 10)
        log.warning("%s; %d texts wait in %s, next try in %.1f s", error, len(self._spool), self._spool.path, pause)
        return pause
