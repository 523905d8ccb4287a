"""What feeds hand to the pipeline."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from services.clock import now_ms
from services.domain.event_time import format_iso
from services.ingest.normalise import SourceDefaults
from services.ingest.sources.rss import source
from services.ingest.sources.rss.fetch import Limits
from services.ingest.sources.rss.poll import Pace, Sink, source_name
from services.ingest.sources.rss.source import RssSource
from services.ingest.sources.rss.subscription import Subscription
from tests.harness.pipeline_bench import pipeline_bench

DEFAULTS = SourceDefaults("rss", "news", b"key")


async def test_each_address_has_a_first_fetch_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    today = format_iso(now_ms())[:10]
    feeds = [Subscription(f"https://example.com/feed?s={symbol}") for symbol in ("INTC", "AMD")]

    async def fetch_each_once(asked: list[Subscription], *rest: Any, **_: Any) -> None:
        sink = next(each for each in rest if isinstance(each, Sink))
        for feed in asked:
            sink.entries(
                feed, source_name(feed.url), [{"id": feed.url, "text": "falls some time today", "published_at": today}]
            )

    monkeypatch.setattr(source, "poll", fetch_each_once)
    with pipeline_bench(tmp_path) as bench:
        rss = RssSource(feeds, None, DEFAULTS, Pace(60), Limits(), bench.metrics)
        await rss.serve(bench.pipeline, threading.Event())
        assert [(text.source, text.in_detection) for text in bench.texts()] == [("example.com/feed", False)] * 2
