"""The wiring of one ingest process: metrics, spool, broker, pipeline, signals."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from prometheus_client import CollectorRegistry

from services.domain.errors import BrokerUnavailable
from services.ingest.delivery.not_accepted import NotAccepted
from services.ingest.delivery.outbox import Outbox
from services.ingest.delivery.spool_folder import open_spool
from services.ingest.metrics import delivery_callbacks, start_at_zero
from services.ingest.pipeline import IngestPipeline
from services.ingest.scrape_target import scraped
from services.ingest.signals import stopped_by_signals
from services.ingest.sources.base import LiveSource, Source
from services.kafka.broker import broker_of
from services.kafka.kafka_connection import KafkaConnection
from services.kafka.topics import DEAD, RAW_TOPICS
from services.observability.metrics import Metrics
from services.settings import Settings

log = logging.getLogger(__name__)

CLIENT_ID = "groundswell-ingest"
CLOSE_SECONDS = 3.0
FIRST_CONTACT_SECONDS = 60.0
LAST_CONTACT_SECONDS = 30.0
JOB, JOB_THAT_ENDS = "ingest", "ingest-run"
"""How Prometheus calls a process: nobody misses one that is done."""


@dataclass(frozen=True, slots=True)
class IngestProcess:
    """The pipeline, the outbox behind it, and the event that asks sources to stop."""

    broker: str
    pipeline: IngestPipeline
    outbox: Outbox
    metrics: Metrics
    stopping: threading.Event
    scraped: Callable[[str], AbstractContextManager[None]]
    """Given a job, says where our metrics are as long as its context lasts."""

    def run(self, source: Source) -> None:
        """Run a source until it ends or the process is asked to stop.

        :raises GroundswellError: as `Source.run` does.
        """
        with self.scraped(JOB if isinstance(source, LiveSource) else JOB_THAT_ENDS):
            source.run(self.pipeline, self.stopping)

    def wait_for_broker(self) -> None:
        """For files, which can wait: return once the broker answers.

        :raises BrokerRefused: at once when a login, a certificate or a right is at fault.
        :raises BrokerUnavailable: when it does not within a minute.
        """
        if not self.outbox.wait_until_reached(FIRST_CONTACT_SECONDS, self.stopping) and not self.stopping.is_set():
            raise BrokerUnavailable(self.broker, f"not reached within {FIRST_CONTACT_SECONDS:.0f} s; the log says why")

    def finish(self) -> None:
        """For files: deliver everything, or say what is left.

        :raises NotAccepted: when some are not even on disk.
        :raises BrokerUnavailable: when texts are left on disk; they are sent at the next start.
        """
        self.outbox.wait_until_delivered(LAST_CONTACT_SECONDS, self.stopping)
        left = self.outbox.close(CLOSE_SECONDS)
        self.check_nothing_lost()
        if left:
            raise BrokerUnavailable(
                self.broker, f"{left} texts were not delivered; they wait on disk and go first at the next start"
            )

    def check_nothing_lost(self) -> None:
        """For sources that wait for room, and were asked to stop before there was any.

        :raises NotAccepted: when some records were read that the disk did not take.
        """
        if self.outbox.refused:
            raise NotAccepted(f"{self.outbox.refused} records were read that the disk did not take; send them again")


def _scraped(settings: Settings, port: int, job: str) -> AbstractContextManager[None]:
    """A process whose port was chosen for it is known to whoever chose it."""
    if settings.metrics.port:
        return nullcontext()
    return scraped(settings.state.folder, job, settings.metrics.host, port)


@contextmanager
def ingest_process(settings: Settings, waits_for_room: bool = True) -> Iterator[IngestProcess]:
    """One ingest process, from its first connection to its clean end (SIGTERM and SIGINT set `stopping`).

    While the disk takes no records they wait, and with them the source; without `waits_for_room` they are refused.

    :raises NotAccepted: at the end, when some were read and not kept.
    :raises PortTaken: when the metrics port is in use.
    :raises InvalidInput: when the spool cannot be used, or the broker setting is no list of host:port.
    """
    metrics = Metrics(CollectorRegistry())
    start_at_zero(metrics)
    port = metrics.serve(settings.metrics.host, settings.metrics.port)
    log.info("metrics on http://%s:%d/metrics", settings.metrics.host, port)
    stopping = threading.Event()
    limit_bytes = settings.ingest.spool_megabytes * 1_000_000
    with open_spool(settings.state.folder / "spool", limit_bytes) as spool, stopped_by_signals(stopping):
        if len(spool):
            log.info("%d texts of an earlier run wait in %s and go first", len(spool), spool.path)
        topics = [topic.name for topic in (*RAW_TOPICS.values(), DEAD)]
        connection = KafkaConnection(broker_of(settings), topics, CLIENT_ID)
        outbox = Outbox(
            connection, spool, delivery_callbacks(metrics), lambda: waits_for_room and not stopping.is_set()
        )
        metrics.queue.labels("ingest").set_function(outbox.pending)
        outbox.start()
        scraped_as = partial(_scraped, settings, port)
        pipeline = IngestPipeline(outbox, metrics)
        process = IngestProcess(settings.broker.servers, pipeline, outbox, metrics, stopping, scraped_as)
        try:
            yield process
        finally:
            if left := outbox.close(CLOSE_SECONDS):
                log.warning("%d texts wait in %s for the next start", left, spool.path)
        if waits_for_room:
            process.check_nothing_lost()
