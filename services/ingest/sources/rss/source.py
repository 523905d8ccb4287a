"""The source that polls RSS and Atom feeds."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from services.clock import now_ms
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import IngestPipeline
from services.ingest.sources.base import LiveSource
from services.ingest.sources.rss.fetch import Limits
from services.ingest.sources.rss.parse_apart import Records
from services.ingest.sources.rss.poll import Pace, Sink, poll
from services.ingest.sources.rss.refusal import RESULTS
from services.observability.metrics import Metrics


@dataclass(frozen=True, slots=True)
class RssSource(LiveSource):
    """Feeds, until all are gone for good; the source of an entry is its feed's address.

    :raises Refusal: from `run`, when an address is none that can be fetched.
    """

    urls: Sequence[str]
    defaults: SourceDefaults
    pace: Pace
    limits: Limits
    metrics: Metrics

    async def serve(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Poll the feeds, and hand over their entries."""

        def entries(source: str, records: Records) -> None:
            pipeline.take_fetch(records, self.defaults.of(source), f"feed {source}", now_ms())

        for result in RESULTS:
            self.metrics.fetches.labels(result)
        sink = Sink(entries, lambda result: self.metrics.fetches.labels(result).inc())
        await poll(self.urls, self.pace, self.limits, sink, stopping)
