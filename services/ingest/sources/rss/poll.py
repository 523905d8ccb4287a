"""Polls feeds: one request at a time to each host, with a pause between them."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from urllib.parse import urlsplit

import httpx

from services.ingest.sources.rss.fetch import Limits, fetch, make_client
from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.parse_apart import Records, parse_apart
from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.schedule import Feed, after_page, after_refusal
from services.ingest.sources.rss.subscription import Subscription

log = logging.getLogger(__name__)

TICK_SECONDS = 0.2
"""Between two looks at what is due, at the feeds that are wanted, and whether to stop."""

Parse = Callable[[Page, str], Awaitable[Records]]
"""A page and its source to records, as `parse_feed` makes them."""
Wanted = Callable[[], Sequence[Subscription] | None]
"""The feeds to follow from now on; None when they are as before."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two fetches of a feed that says none itself, and between any two requests to a host."""

    interval: float = 300.0
    host_gap: float = 2.0


@dataclass(frozen=True, slots=True)
class Sink:
    """Where it goes: feed, source and records (called in a worker thread), and the result of each fetch."""

    entries: Callable[[Subscription, str, Records], None]
    result: Callable[[str], None]


def source_name(url: str) -> str:
    """The source of a feed's texts: host and path, without the query, which may hold a token."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}".rstrip("/")[:100]


async def poll(
    feeds: Sequence[Subscription],
    pace: Pace,
    limits: Limits,
    sink: Sink,
    stopping: threading.Event,
    parse: Parse = parse_apart,
    wanted: Wanted | None = None,
) -> None:
    """Fetch each feed again and again until `stopping` is set, or until all are gone for good and no others can come.

    What is under way when `stopping` is set is given up; it is fetched anew at the next start.

    :raises Refusal: when an address is none that can be fetched.
    """
    async with make_client() as client:
        poller = _Poller(client, pace, limits, sink, parse)
        poller.follow(feeds)
        await poller.run(stopping, wanted)


class _Poller:
    def __init__(self, client: httpx.AsyncClient, pace: Pace, limits: Limits, sink: Sink, parse: Parse) -> None:
        self._client = client
        self._pace = pace
        self._limits = limits
        self._sink = sink
        self._parse = parse
        self._feeds: dict[str, Feed] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        """Host -> its one request, and the pause behind it."""
        self._one_at_a_time = asyncio.Semaphore()
        """Parsers, as each may take a core and much memory."""

    def follow(self, subscriptions: Sequence[Subscription]) -> None:
        """These feeds from now on; what is known of those that were followed before stays."""
        before = self._feeds
        self._feeds = {
            each.url: replace(before[each.url], subscription=each) if each.url in before else Feed(each)
            for each in subscriptions
            if each.host  # an address that cannot be fetched is told at once
        }

    async def run(self, stopping: threading.Event, wanted: Wanted | None) -> None:
        """Start what is due, until `stopping` is set or there is nothing to wait for."""
        try:
            while not stopping.is_set():
                if wanted is not None and (subscriptions := wanted()) is not None:
                    self.follow(subscriptions)
                self._start_due(monotonic())
                if wanted is None and not self._under_way and all(feed.gone for feed in self._feeds.values()):
                    return
                await asyncio.sleep(TICK_SECONDS)
        finally:
            tasks = list(self._under_way.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start_due(self, now: float) -> None:
        """A request to each host that has none, for the feed that is due longest."""
        due = sorted((feed for feed in self._feeds.values() if feed.due <= now and not feed.gone), key=_due)
        for feed in due:
            host = feed.subscription.host
            if host not in self._under_way:
                task = asyncio.create_task(self._serve(feed))
                self._under_way[host] = task
                task.add_done_callback(lambda _task, host=host: self._under_way.pop(host, None))  # type: ignore[misc]

    async def _serve(self, feed: Feed) -> None:
        after = await self._poll_one(feed)
        url = feed.subscription.url
        if url in self._feeds:  # nobody has given it up meanwhile
            self._feeds[url] = replace(after, subscription=self._feeds[url].subscription)
        await asyncio.sleep(self._pace.host_gap)

    async def _poll_one(self, feed: Feed) -> Feed:
        url = feed.subscription.url
        interval = feed.subscription.interval or self._pace.interval
        try:
            page = await fetch(self._client, url, self._limits, feed.etag, feed.last_modified)
            await self._hand_over(feed.subscription, page)
        except Refusal as refusal:
            return self._refuse(feed, refusal, interval)
        except Exception as error:
            log.exception("%s: not foreseen", source_name(url))
            return self._refuse(feed, Refusal("unforeseen", f"{url}: {type(error).__name__}: {error}"[:500]), interval)
        self._sink.result("not_modified" if page.body is None else "cut" if page.cut else "ok")
        return after_page(feed, page, monotonic(), interval, random.random())

    def _refuse(self, feed: Feed, refusal: Refusal, interval: float) -> Feed:
        """Whatever a stranger's server leads to concerns its own feed alone."""
        self._sink.result(refusal.result)
        after = after_refusal(feed, refusal, monotonic(), interval, random.random())
        again = "it is gone for good" if after.gone else f"next try in {after.due - monotonic():.0f} s"
        log.warning("%s; %s", refusal, again)
        return after

    async def _hand_over(self, subscription: Subscription, page: Page) -> None:
        if page.body is None:
            return
        source = source_name(subscription.url)
        async with self._one_at_a_time:
            records = await self._parse(page, source)
        if page.cut:
            log.warning(
                "%s: larger than the %.0f MB that are read of it (GROUNDSWELL_FEED_MEGABYTES); the newest %d whole "
                "entries of them are taken",
                *(subscription.url, self._limits.size_bytes / 1_000_000, len(records)),
            )
        else:
            log.info("%s: %d entries", subscription.url, len(records))
        await asyncio.to_thread(self._sink.entries, subscription, source, records)


def _due(feed: Feed) -> float:
    return feed.due
