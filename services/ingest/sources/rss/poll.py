"""Polls feeds: one request at a time to each host, with a pause between them."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

import httpx

from services.ingest.sources.rss.fetch import Limits, fetch, make_client, parse_url
from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.parse_apart import Records, parse_apart
from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.schedule import Feed, after_page, after_refusal

log = logging.getLogger(__name__)

STOP_CHECK_SECONDS = 0.2

Parse = Callable[[Page, str], Awaitable[Records]]
"""A page and its source to records, as `parse_feed` makes them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two fetches of a feed, and between any two requests to a host."""

    interval: float = 300.0
    host_gap: float = 2.0


@dataclass(frozen=True, slots=True)
class Sink:
    """Where it goes: source and records of a feed (called in a worker thread), and the result of each fetch."""

    entries: Callable[[str, Records], None]
    result: Callable[[str], None]


def source_name(url: str) -> str:
    """The source of a feed's texts: host and path, without the query, which may hold a token."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}".rstrip("/")[:100]


async def poll(
    urls: Sequence[str], pace: Pace, limits: Limits, sink: Sink, stopping: threading.Event, parse: Parse = parse_apart
) -> None:
    """Fetch each feed again and again until `stopping` is set, or until all are gone for good.

    What is under way when `stopping` is set is given up; it is fetched anew at the next start.

    :raises Refusal: when an address is none that can be fetched.
    """
    hosts: dict[str, list[Feed]] = defaultdict(list)
    for url in dict.fromkeys(urls):
        hosts[parse_url(url).host.lower()].append(Feed(url))
    async with make_client() as client, asyncio.TaskGroup() as group:
        poller = _Poller(client, pace, limits, sink, stopping, parse, asyncio.Semaphore())
        served = [group.create_task(poller.serve_host(feeds)) for feeds in hosts.values()]
        group.create_task(_cancel_when_stopping(served, stopping))


async def _cancel_when_stopping(tasks: Sequence[asyncio.Task[None]], stopping: threading.Event) -> None:
    while not all(task.done() for task in tasks):
        if stopping.is_set():
            for task in tasks:
                task.cancel()
            return
        await asyncio.sleep(STOP_CHECK_SECONDS)


@dataclass(frozen=True, slots=True)
class _Poller:
    client: httpx.AsyncClient
    pace: Pace
    limits: Limits
    sink: Sink
    stopping: threading.Event
    parse: Parse
    one_at_a_time: asyncio.Semaphore
    """Parsers, as each may take a core and much memory."""

    async def serve_host(self, feeds: list[Feed]) -> None:
        """The feeds of one host, one after the other, the one that is due longest first."""
        while feeds:
            feed = min(feeds, key=lambda each: each.due)
            feeds.remove(feed)
            if not await self._wait(feed.due):
                return
            feed = await self._poll_one(feed)
            if not feed.gone:
                feeds.append(feed)
            if not await self._wait(monotonic() + self.pace.host_gap):
                return

    async def _poll_one(self, feed: Feed) -> Feed:
        try:
            page = await fetch(self.client, feed.url, self.limits, feed.etag, feed.last_modified)
            await self._hand_over(feed.url, page)
        except Refusal as refusal:
            return self._refuse(feed, refusal)
        except Exception as error:
            log.exception("%s: not foreseen", source_name(feed.url))
            return self._refuse(feed, Refusal("unforeseen", f"{feed.url}: {type(error).__name__}: {error}"[:500]))
        self.sink.result("ok" if page.body is not None else "not_modified")
        return after_page(feed, page, monotonic(), self.pace.interval, random.random())

    def _refuse(self, feed: Feed, refusal: Refusal) -> Feed:
        """Whatever a stranger's server leads to concerns its own feed alone."""
        self.sink.result(refusal.result)
        after = after_refusal(feed, refusal, monotonic(), self.pace.interval, random.random())
        again = "it is gone for good" if after.gone else f"next try in {after.due - monotonic():.0f} s"
        log.warning("%s; %s", refusal, again)
        return after

    async def _hand_over(self, url: str, page: Page) -> None:
        if page.body is None:
            return
        source = source_name(url)
        async with self.one_at_a_time:
            records = await self.parse(page, source)
        log.info("%s: %d entries", url, len(records))
        await asyncio.to_thread(self.sink.entries, source, records)

    async def _wait(self, until: float) -> bool:
        """Whether `until` came before `stopping` was set."""
        while not self.stopping.is_set():
            left = until - monotonic()
            if left <= 0:
                return True
            await asyncio.sleep(min(left, STOP_CHECK_SECONDS))
        return False
