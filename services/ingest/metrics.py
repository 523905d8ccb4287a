"""What ingest counts when the broker has answered, and the series that are there from its start."""

from __future__ import annotations

import logging
from time import time

from services.clock import now_ms
from services.domain.errors import DEAD_REASONS
from services.ingest.dates.read import CHANGES
from services.ingest.dead_letters import dead_bytes
from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.identity import ID_REPLACED
from services.ingest.normalise import LINK_DROPPED
from services.ingest.pipeline import NOT_IN_DETECTION
from services.ingest.records import TextRecord
from services.kafka.dead_letters import dead_letter_record
from services.kafka.errors import RecordRefused
from services.kafka.producer_record import ProducerRecord
from services.kafka.topics import DEAD, RAW_TOPICS
from services.observability.metrics import Metrics
from services.text.record_text import CHANGES as TEXT_CHANGES

log = logging.getLogger(__name__)


def start_at_zero(metrics: Metrics) -> None:
    """Every label set from the start at 0: a counter that is born at 1 hides its first increment."""
    for kind in RAW_TOPICS:
        metrics.texts_in.labels("ingest", kind)
        metrics.texts_out.labels("ingest", kind)
        metrics.repeated.labels(kind)
    for reason in DEAD_REASONS:
        metrics.texts_dead.labels("ingest", reason)
    for change in (*CHANGES, NOT_IN_DETECTION, ID_REPLACED, *TEXT_CHANGES, LINK_DROPPED):
        metrics.normalised.labels(change)


def delivery_callbacks(metrics: Metrics) -> DeliveryCallbacks:
    """Counts texts and their lags at delivery, and makes dead letters of what the broker refuses."""

    def delivered(record: ProducerRecord) -> None:
        metrics.last_progress.labels("ingest").set(time())
        if isinstance(record, TextRecord):
            times, now = record.times, now_ms()
            metrics.texts_out.labels("ingest", times.kind).inc()
            metrics.lag.labels("ingest").observe(max(0, now - times.first_seen_at) / 1000)
            metrics.event_lag.labels("ingest").observe(max(0, now - times.published_at) / 1000)

    def refused(record: ProducerRecord, error: RecordRefused) -> ProducerRecord | None:
        if record.topic == DEAD.name:
            log.error("a dead letter was refused: %s", error)
            return None
        metrics.texts_dead.labels("ingest", "too_large").inc()
        return dead_letter_record(dead_bytes("too_large", str(error), record.value, now_ms()))

    return DeliveryCallbacks(delivered, refused, metrics.spooled.set)
