"""The wiring of one ingest process: settings, metrics, spool, broker, signals."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import time
from types import FrameType

from prometheus_client import CollectorRegistry

from services.clock import now_ms
from services.domain.errors import DEAD_REASONS, BrokerUnavailable, GroundswellError
from services.ingest.dates import CLAMPED, MISSING
from services.ingest.dead_letters import dead_bytes
from services.ingest.delivery.outbox import Outbox
from services.ingest.delivery.spool_folder import open_spool
from services.ingest.identity import ID_REPLACED
from services.ingest.normalise import LINK_DROPPED, TEXT_CUT
from services.ingest.pipeline import IngestPipeline
from services.kafka.broker_connection import KafkaConnection
from services.kafka.connection import DeliveryCallbacks
from services.kafka.producer_record import ProducerRecord, dead_letter_record
from services.kafka.topics import DEAD, RAW_TOPICS
from services.observability.metrics import Metrics
from services.settings import Settings

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
FIRST_CONTACT_SECONDS = 60.0
LAST_CONTACT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Session:
    """What a source needs: the intake, the outbox behind it, and the event that asks it to stop."""

    settings: Settings
    intake: IngestPipeline
    outbox: Outbox
    metrics: Metrics
    stopping: threading.Event

    @property
    def author_key(self) -> bytes:
        """The key of the author hash."""
        return self.settings.author_key.get_secret_value().encode()

    def wait_for_broker(self) -> None:
        """For files, which can wait: return once the broker answers.

        :raises BrokerUnavailable: when it does not within a minute.
        """
        if not self.outbox.wait_until_up(FIRST_CONTACT_SECONDS, self.stopping) and not self.stopping.is_set():
            raise BrokerUnavailable(
                self.settings.broker, f"not reached within {FIRST_CONTACT_SECONDS:.0f} s; the log says why"
            )

    def finish(self) -> None:
        """For files: deliver everything, or say what is left.

        :raises BrokerUnavailable: when texts are left on disk; they are sent at the next start.
        """
        left = self.outbox.close(CLOSE_SECONDS if self.stopping.is_set() else LAST_CONTACT_SECONDS)
        if left:
            raise BrokerUnavailable(
                self.settings.broker,
                f"{left} texts were not delivered; they wait on disk and go first at the next start",
            )


@contextmanager
def _signals_set(stopping: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT ask for a clean end; a second one ends at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        restore()


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """One ingest process, from its first connection to its clean end (SIGTERM and SIGINT set `stopping`).

    :raises PortTaken: when the metrics port is in use.
    :raises InvalidInput: when the spool cannot be used.
    """
    metrics = Metrics(CollectorRegistry())
    _start_series(metrics)
    port = metrics.serve(settings.metrics_host, settings.metrics_port)
    log.info("metrics on http://%s:%d/metrics", settings.metrics_host, port)
    stopping = threading.Event()
    with open_spool(settings.state_dir / "spool") as spool, _signals_set(stopping):
        if len(spool):
            log.info("%d texts of an earlier run wait in %s and go first", len(spool), spool.path)
        topics = [topic.name for topic in (*RAW_TOPICS.values(), DEAD)]
        outbox = Outbox(KafkaConnection(settings.broker, topics), spool, _hooks(metrics))
        metrics.queue.labels("ingest").set_function(outbox.pending)
        outbox.start()
        try:
            yield Session(settings, IngestPipeline(outbox, metrics), outbox, metrics, stopping)
        finally:
            outbox.close(CLOSE_SECONDS)
            if len(spool):
                log.warning("%d texts wait in %s for the next start", len(spool), spool.path)


def _start_series(metrics: Metrics) -> None:
    """Every label set from the start at 0: a counter that is born at 1 hides its first increment."""
    for kind in RAW_TOPICS:
        metrics.texts_in.labels("ingest", kind)
        metrics.texts_out.labels("ingest", kind)
        metrics.repeated.labels(kind)
    for reason in DEAD_REASONS:
        metrics.texts_dead.labels("ingest", reason)
    for change in (MISSING, CLAMPED, ID_REPLACED, TEXT_CUT, LINK_DROPPED):
        metrics.normalised.labels(change)


def _hooks(metrics: Metrics) -> DeliveryCallbacks:
    """What is counted when."""

    def delivered(parcel: ProducerRecord) -> None:
        metrics.last_progress.labels("ingest").set(time())
        stamp = parcel.stamp
        if stamp is None:
            return
        now = now_ms()
        metrics.texts_out.labels("ingest", stamp.kind).inc()
        metrics.lag.labels("ingest").observe(max(0, now - stamp.first_seen_at) / 1000)
        metrics.event_lag.labels("ingest").observe(max(0, now - stamp.published_at) / 1000)

    def refused(parcel: ProducerRecord, error: GroundswellError) -> ProducerRecord | None:
        if parcel.topic == DEAD.name:
            log.error("a dead letter was refused: %s", error)
            return None
        metrics.texts_dead.labels("ingest", "too_large").inc()
        return dead_letter_record(dead_bytes("too_large", str(error), bytes(parcel.value), now_ms()))

    return DeliveryCallbacks(delivered, refused, metrics.spooled.set)
