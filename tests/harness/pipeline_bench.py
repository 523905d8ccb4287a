"""A pipeline with a fake broker behind it, for tests of the sources."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.domain.messages import DeadLetter, Heartbeat, RawText
from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.delivery.outbox import Outbox
from services.ingest.delivery.spool import Spool
from services.ingest.pipeline import IngestPipeline
from services.kafka.codec import Codec
from services.observability.metrics import Metrics
from tests.harness.fake_connection import FakeConnection

_codec = Codec(RawText, Heartbeat, DeadLetter)


class PipelineBench:
    """The pipeline, the fake broker, and what arrived there."""

    def __init__(self, folder: Path) -> None:
        self.connection = FakeConnection()
        self.metrics = Metrics(CollectorRegistry())
        callbacks = DeliveryCallbacks(lambda _record: None, lambda _record, _error: None, lambda _size: None)
        self.spool = Spool(folder, ["0"], 100_000_000)
        self.outbox = Outbox(self.connection, self.spool, callbacks, patient=lambda: False)
        self.pipeline = IngestPipeline(self.outbox, self.metrics)

    def messages(self) -> list[RawText | Heartbeat | DeadLetter]:
        """All that arrived, in order, once all that was sent is there; while the broker is down, what was before."""
        if not self.connection.down:
            assert self.outbox.wait_until_delivered(30, threading.Event())
        return [_codec.decode(record.value) for record in self.connection.received]

    def texts(self) -> list[RawText]:
        """The texts that arrived, in order."""
        return [message for message in self.messages() if isinstance(message, RawText)]

    def heartbeats(self) -> list[Heartbeat]:
        """The heartbeats that arrived, in order."""
        return [message for message in self.messages() if isinstance(message, Heartbeat)]

    def dead(self) -> list[DeadLetter]:
        """The dead letters that arrived, in order."""
        return [message for message in self.messages() if isinstance(message, DeadLetter)]

    def counted(self, name: str, **labels: str) -> float | None:
        """The value of a metric."""
        return self.metrics.registry.get_sample_value(f"groundswell_{name}", labels)


@contextmanager
def pipeline_bench(folder: Path) -> Iterator[PipelineBench]:
    """A bench whose broker answers."""
    bench = PipelineBench(folder)
    bench.outbox.start()
    assert bench.outbox.wait_until_reached(30, threading.Event())
    try:
        yield bench
    finally:
        bench.outbox.close(1)
