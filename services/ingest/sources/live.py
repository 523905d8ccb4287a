"""Sources that never end: feeds and the HTTP endpoint, with a heartbeat beside them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any

from services.clock import now_ms
from services.domain.messages import Kind
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import IngestPipeline
from services.ingest.session import Session
from services.ingest.sources.http import TextsEndpoint, serve
from services.ingest.sources.rss.fetch import Limits
from services.ingest.sources.rss.poll import Pace, Records, Sink, poll
from services.ingest.sources.rss.refusal import RESULTS

HEARTBEAT_SECONDS = 10.0


def run_feeds(session: Session, urls: Sequence[str], kind: Kind, interval: float) -> None:
    """Poll the feeds until the session is asked to stop, or all are gone for good."""
    rules = SourceDefaults("rss", kind, session.author_key)

    def entries(source: str, records: Records) -> None:
        now = now_ms()
        for record in records:
            session.intake.take(record, rules.of(source), f"feed {source}", now)

    for result in RESULTS:
        session.metrics.fetches.labels(result)
    sink = Sink(entries, lambda result: session.metrics.fetches.labels(result).inc())
    limits = Limits(allow_private=session.settings.allow_private_feeds)
    asyncio.run(_beside_heartbeats(session, poll(urls, Pace(interval), limits, sink, session.stopping)))


def run_http(session: Session, host: str, port: int, kind: Kind, token: str) -> None:
    """Serve `POST /v1/texts` until the session is asked to stop.

    :raises PortTaken: when something else listens there.
    """
    endpoint = TextsEndpoint(session.intake, SourceDefaults("http", kind, session.author_key), token)
    asyncio.run(_beside_heartbeats(session, serve(endpoint.app(), host, port, session.stopping)))


async def _beside_heartbeats(session: Session, source: Coroutine[Any, Any, None]) -> None:
    beating = asyncio.create_task(_beat(session.intake, session.stopping))
    try:
        await source
    finally:
        beating.cancel()


async def _beat(intake: IngestPipeline, stopping: threading.Event) -> None:
    while not stopping.is_set():
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await asyncio.to_thread(intake.beat_live, now_ms())
