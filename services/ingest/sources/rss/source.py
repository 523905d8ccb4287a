"""The source that polls RSS and Atom feeds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.clock import now_ms
from services.files.watched_file import WatchedFile
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import IngestPipeline
from services.ingest.sources.base import LiveSource
from services.ingest.sources.rss.fetch import Limits
from services.ingest.sources.rss.parse_apart import Records
from services.ingest.sources.rss.poll import Pace, Sink, poll
from services.ingest.sources.rss.refusal import RESULTS
from services.ingest.sources.rss.sources_file import read_sources
from services.ingest.sources.rss.subscription import Subscription
from services.observability.metrics import Metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RssSource(LiveSource):
    """Feeds, until all are gone for good; the source of an entry is its feed's address.

    `file` holds more of them, and is looked at again while they are polled: until stopped then.

    :raises InvalidInput: from `run`, when the file is bad at the start.
    :raises Refusal: from `run`, when an address is none that can be fetched.
    """

    feeds: Sequence[Subscription]
    file: Path | None
    defaults: SourceDefaults
    pace: Pace
    limits: Limits
    metrics: Metrics

    async def serve(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Poll the feeds, and hand over their entries."""
        file = WatchedFile[tuple[Subscription, ...]](self.file, read_sources, (), "sources")

        def entries(subscription: Subscription, source: str, records: Records) -> None:
            defaults = subscription.defaults(self.defaults, source)
            pipeline.take_fetch(records, defaults, f"feed {source}", now_ms(), feed=subscription.url)

        def all_feeds() -> list[Subscription]:
            return list({each.url: each for each in (*self.feeds, *file.current())}.values())

        def wanted() -> list[Subscription] | None:
            change = file.check()
            if change is None:
                return None
            self.metrics.sources_refused.set(int(change.error is not None))
            if change.error is not None:
                log.error("%s", change.error)
                return None
            log.info("%s: %d feeds are followed now", self.file, len(all_feeds()))
            return all_feeds()

        for result in RESULTS:
            self.metrics.fetches.labels(result)
        sink = Sink(entries, lambda result: self.metrics.fetches.labels(result).inc())
        await poll(
            all_feeds(), self.pace, self.limits, sink, stopping, wanted=wanted if self.file is not None else None
        )
