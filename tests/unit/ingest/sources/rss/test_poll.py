"""poll: conditional requests, one at a time to a host, until stopped or gone."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.clock import now_ms
from services.ingest.sources.rss.fetch import Limits
from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.parse import parse_feed
from services.ingest.sources.rss.parse_apart import Records
from services.ingest.sources.rss.poll import Pace, Sink, poll, source_name
from services.ingest.sources.rss.subscription import Subscription

RSS = b'<rss version="2.0"><channel><item><title>Up</title><guid>1</guid></item></channel></rss>'


async def parse_here(page: Page, source: str) -> Records:
    """A unit test starts no process."""
    return parse_feed(page.body or b"", page.url, page.content_type, source, now_ms(), cut=page.cut)


LIMITS = Limits(seconds=5, allow_private=True)


def test_the_source_is_host_and_path() -> None:
    assert source_name("https://user.example.com:8443/a/b.xml?token=secret") == "user.example.com/a/b.xml"
    assert source_name("https://example.com/") == "example.com"


async def test_polls_politely_until_stopped() -> None:
    stopping = threading.Event()
    at_once = 0
    most_at_once = 0
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal at_once, most_at_once
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        asked.append(f"{request.path} {request.headers.get('If-None-Match', '')}".strip())
        if request.path == "/gone":
            return web.Response(status=410)
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(body=RSS, headers={"ETag": '"1"', "Content-Type": "text/xml"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    server = TestServer(app)
    await server.start_server()
    base = f"http://127.0.0.1:{server.port}"
    entries: list[tuple[str, Records]] = []
    results: list[str] = []

    def count(result: str) -> None:
        results.append(result)
        if len(results) == 6:
            stopping.set()

    sink = Sink(lambda _feed, source, records: entries.append((source, records)), count)
    urls = [f"{base}/a", f"{base}/b", f"{base}/a", f"{base}/gone"]
    await poll(list(map(Subscription, urls)), Pace(interval=0.05, host_gap=0.01), LIMITS, sink, stopping, parse_here)
    await server.close()
    assert most_at_once == 1
    assert sorted(asked[:3]) == ["/a", "/b", "/gone"]
    assert asked.count("/gone") == 1
    assert '/a "1"' in asked
    assert [source for source, _ in entries] == ["127.0.0.1/a", "127.0.0.1/b"]
    assert entries[0][1][0]["title"] == "Up"
    assert sorted(set(results)) == ["http_error", "not_modified", "ok"]


async def test_what_is_not_foreseen_concerns_its_own_feed_alone() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=RSS, headers={"Content-Type": request.path})

    async def parse(page: Page, source: str) -> Records:
        if source.endswith("/bad"):
            raise RuntimeError("a parser that nobody has seen fail")
        return await parse_here(page, source)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    server = TestServer(app)
    await server.start_server()
    stopping = threading.Event()
    results: list[str] = []
    entries: list[str] = []

    def count(result: str) -> None:
        results.append(result)
        if {"ok", "unforeseen"} <= set(results):
            stopping.set()

    base = f"http://127.0.0.1:{server.port}"
    sink = Sink(lambda _feed, source, _records: entries.append(source), count)
    await poll(
        [Subscription(f"{base}/bad"), Subscription(f"{base}/good")], Pace(0.05, 0.01), LIMITS, sink, stopping, parse
    )
    await server.close()
    assert set(results) == {"ok", "unforeseen"}
    assert set(entries) == {"127.0.0.1/good"}


async def test_a_fetch_under_way_is_given_up_when_it_is_stopped() -> None:
    asked = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        asked.set()
        await asyncio.sleep(600)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", hang)
    server = TestServer(app)
    await server.start_server()
    stopping = threading.Event()
    sink = Sink(lambda _feed, _source, _records: None, lambda _result: None)
    limits = Limits(seconds=600, allow_private=True)
    polling = asyncio.create_task(
        poll([Subscription(f"http://127.0.0.1:{server.port}/")], Pace(), limits, sink, stopping, parse_here)
    )
    await asyncio.wait_for(asked.wait(), 30)
    stopping.set()
    await asyncio.wait_for(polling, 30)
    await server.close()


async def test_ends_when_all_feeds_are_gone() -> None:
    async def gone(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=410)

    app = web.Application()
    app.router.add_get("/", gone)
    server = TestServer(app)
    await server.start_server()
    results: list[str] = []
    sink = Sink(lambda _feed, _source, _records: None, results.append)
    await poll(
        [Subscription(f"http://127.0.0.1:{server.port}/")],
        Pace(0.01, 0.01),
        LIMITS,
        sink,
        threading.Event(),
        parse_here,
    )
    await server.close()
    assert results == ["http_error"]


async def test_feeds_may_come_and_go_and_change_while_others_are_polled() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(body=RSS, headers={"Content-Type": "text/xml"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    server = TestServer(app)
    await server.start_server()
    stopping = threading.Event()
    old, seldom, new = (Subscription(f"http://127.0.0.1:{server.port}/{name}") for name in ("old", "seldom", "new"))
    got: list[Subscription] = []
    changes: list[list[Subscription] | None] = []

    def count(_result: str) -> None:
        if "/new" not in asked and asked.count("/old") > 1 and not changes:
            changes.append([replace(seldom, kind="comment"), new])
        if asked.count("/new") > 2:
            stopping.set()

    sink = Sink(lambda feed, _source, _records: got.append(feed), count)
    feeds = [old, replace(seldom, interval=3_600)]
    await poll(
        feeds,
        Pace(0.05, 0.01),
        LIMITS,
        sink,
        stopping,
        parse_here,
        wanted=lambda: changes.pop() if len(changes) == 1 and "/new" not in asked else None,
    )
    await server.close()
    assert asked.count("/seldom") == 1  # its time is kept when it changes
    assert set(asked[asked.index("/new") :]) == {"/new"}
    assert [feed for feed in got if feed.url == seldom.url] == [replace(seldom, interval=3_600)]


async def test_a_cut_feed_is_read_and_said(caplog: pytest.LogCaptureFixture) -> None:
    items = "".join(f"<item><title>{n}</title><guid>{n}</guid></item>" for n in range(100))

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())

    app = web.Application()
    app.router.add_get("/", answer)
    server = TestServer(app)
    await server.start_server()
    stopping = threading.Event()
    results: list[str] = []
    entries: list[Records] = []

    def count(result: str) -> None:
        results.append(result)
        stopping.set()

    sink = Sink(lambda _feed, _source, records: entries.append(records), count)
    url = f"http://127.0.0.1:{server.port}/"
    await poll([Subscription(url)], Pace(), replace(LIMITS, size_bytes=1_000), sink, stopping, parse_here)
    await server.close()
    assert results == ["cut"]
    assert [entry["title"] for entry in entries[0]] == [str(n) for n in reversed(range(22))]
    assert f"{url}: larger than the 0 MB that are read of it (GROUNDSWELL_FEED_MEGABYTES)" in caplog.text
