"""fetch: limits, redirects, addresses and conditions, against a server on this machine."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.ingest.sources.rss import addresses
from services.ingest.sources.rss.fetch import Limits, fetch, make_client, resolve
from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.refusal import Refusal

LIMITS = Limits(seconds=5, size_bytes=100_000, allow_private=True)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """A server whose answer a test sets, and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Handler] = {}
        self.asked: list[web.Request] = []
        self.server: TestServer

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any path."""
        self.asked.append(request)
        return await self.answers[request.path](request)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """A path on this server under a host name."""
        return f"http://{host}:{self.server.port}{path}"

    def redirect(self, path: str, target: str) -> None:
        """Answer `path` with a redirect."""

        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": target})

        self.answers[path] = answer

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer `path` with a body; `_` in header names stands for `-`."""

        async def answer(_request: web.Request) -> web.StreamResponse:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(body=body, status=status, headers=named)

        self.answers[path] = answer


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", site.handle)
    site.server = TestServer(app)
    await site.server.start_server()
    yield site
    await site.server.close()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with make_client() as client:
        yield client


async def _refused(client: httpx.AsyncClient, url: str, limits: Limits = LIMITS) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await fetch(client, url, limits)
    return caught.value


async def test_a_page_and_its_conditions(site: Site, client: httpx.AsyncClient) -> None:
    site.serve("/feed", b"<rss/>", ETag='"1"', Last_Modified="Wed, 03 Sep 2014 14:30:00 GMT", Content_Type="text/xml")
    page = await fetch(client, site.url("/feed"), LIMITS)
    assert page == Page(site.url("/feed"), b"<rss/>", "text/xml", '"1"', "Wed, 03 Sep 2014 14:30:00 GMT")
    assert "If-None-Match" not in site.asked[0].headers
    site.serve("/feed", b"", 304, ETag='"1"')
    page = await fetch(client, site.url("/feed"), LIMITS, page.etag, page.last_modified)
    assert page.body is None
    assert site.asked[1].headers["If-None-Match"] == '"1"'
    assert site.asked[1].headers["If-Modified-Since"] == "Wed, 03 Sep 2014 14:30:00 GMT"


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/x", "file:///etc/passwd", "http://", "example.com", "http://u:p@example.com/", "http://a:b/"],
)
async def test_only_http_and_https(client: httpx.AsyncClient, url: str) -> None:
    assert (await _refused(client, url)).result == "bad_url"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
async def test_private_addresses_are_refused(site: Site, client: httpx.AsyncClient, host: str) -> None:
    refusal = await _refused(client, site.url("/feed", host), replace(LIMITS, allow_private=False))
    assert refusal.result in ("private_address", "unreachable")
    assert site.asked == []


async def test_a_redirect_to_a_private_address_is_refused(
    site: Site, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")

    async def resolver(host: str, _port: int) -> list[str]:
        return {"public.test": ["127.0.0.1"], "inside.test": ["10.0.0.1"]}[host]

    site.redirect("/feed", "http://inside.test/secret")
    with pytest.raises(Refusal, match=r"inside\.test is at 10\.0\.0\.1") as caught:
        await fetch(client, site.url("/feed", "public.test"), replace(LIMITS, allow_private=False), resolver=resolver)
    assert caught.value.result == "private_address"
    assert len(site.asked) == 1


async def test_it_connects_to_the_address_that_was_checked(site: Site, client: httpx.AsyncClient) -> None:
    resolved: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["10.0.0.1"]

    site.serve("/feed", b"<rss/>")
    page = await fetch(client, site.url("/feed", "rebinding.test"), LIMITS, resolver=rebinding)
    assert page.body == b"<rss/>"
    assert resolved == ["rebinding.test"]
    assert site.asked[0].headers["Host"] == f"rebinding.test:{site.server.port}"


async def test_redirects_are_followed_within_the_limit(site: Site, client: httpx.AsyncClient) -> None:
    for step in range(5):
        site.redirect(f"/{step}", f"/{step + 1}")
    site.serve("/5", b"<rss/>")
    assert (await fetch(client, site.url("/0"), LIMITS)).url == site.url("/5")
    site.redirect("/5", "/0")
    assert (await _refused(client, site.url("/0"))).result == "too_many_redirects"


async def test_a_redirect_to_another_scheme_is_refused(site: Site, client: httpx.AsyncClient) -> None:
    site.redirect("/feed", "file:///etc/passwd")
    assert (await _refused(client, site.url("/feed"))).result == "bad_url"


async def test_a_redirect_to_nonsense_is_refused(site: Site, client: httpx.AsyncClient) -> None:
    for target in ("http://[x", "http://a:b/"):
        site.redirect("/feed", target)
        assert (await _refused(client, site.url("/feed"))).result in ("bad_url", "unreachable")


async def test_of_a_large_body_what_fits_is_read_and_the_rest_is_left(site: Site, client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 10_000_000:
            await response.write(b"x" * 10_000)
            sent += 10_000
        return response

    site.answers["/feed"] = endless
    page = await fetch(client, site.url("/feed"), LIMITS)
    assert (page.cut, len(page.body or b"")) == (True, 100_000)
    assert sent < 10_000_000
    for size, cut in ((100_001, True), (100_000, False)):
        site.serve("/feed", b"x" * size)
        page = await fetch(client, site.url("/feed"), LIMITS)
        assert (page.cut, len(page.body or b"")) == (cut, 100_000)


async def test_a_compressed_body(site: Site, client: httpx.AsyncClient) -> None:
    site.serve("/feed", gzip.compress(b"<rss/>"), Content_Encoding="gzip")
    assert (await fetch(client, site.url("/feed"), LIMITS)).body == b"<rss/>"
    site.serve("/feed", gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip")
    page = await fetch(client, site.url("/feed"), LIMITS)
    assert (page.cut, page.body) == (True, b"x" * 100_000)
    site.serve("/feed", gzip.compress(b"<rss/>")[:-9], Content_Encoding="gzip")
    refusal = await _refused(client, site.url("/feed"))
    assert (refusal.result, str(refusal)) == ("bad_content", f"{site.url('/feed')}: the gzip data ends too early")


async def test_a_slow_body_is_given_up(site: Site, client: httpx.AsyncClient) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1_000):
            await response.write(b"x")
            await asyncio.sleep(0.05)
        return response

    site.answers["/feed"] = slow
    assert (await _refused(client, site.url("/feed"), replace(LIMITS, seconds=0.3))).result == "too_slow"


async def test_what_the_server_says_about_trying_again(site: Site, client: httpx.AsyncClient) -> None:
    site.serve("/feed", b"", 429, Retry_After="120")
    refusal = await _refused(client, site.url("/feed"))
    assert (refusal.result, refusal.retry_after, refusal.gone) == ("http_error", 120.0, False)
    assert "HTTP status 429" in str(refusal)
    site.serve("/feed", b"", 503, Retry_After="Wed, 03 Sep 2014 14:31:00 GMT", Date="Wed, 03 Sep 2014 14:30:00 GMT")
    assert (await _refused(client, site.url("/feed"))).retry_after == 60.0
    site.serve("/feed", b"", 503, Retry_After="soon")
    assert (await _refused(client, site.url("/feed"))).retry_after is None
    site.serve("/feed", b"", 410)
    assert (await _refused(client, site.url("/feed"))).gone


@pytest.mark.parametrize(
    "target",
    [
        "http://[::1",
        "http://a\x7fb.example/",
        "http://xn--a.example/",
        "http://xn--\u00df.example/",
        "http://" + "a" * 300 + ".example/",
        "http://a..example/",
        "http://example.com:99999999999999999999/",
        "http://example.com:70000/",
        "http://example.com:-1/",
        "http://\u2488.example/",
        "//",
        "http:///x",
        "http://" + "x" * 70_000,
        "http://127.0.0.1:1/%zz\\?#",
        "data:text/xml,<rss/>",
        "\ud800",
    ],
)
async def test_a_hostile_redirect_is_refused(client: httpx.AsyncClient, target: str) -> None:
    answer = httpx.Response(302, headers=[(b"Location", target.encode("utf-8", "surrogatepass"))])
    transport = httpx.MockTransport(lambda request: answer if request.url.path == "/start" else httpx.Response(500))

    async def resolver(host: str, port: int) -> list[str]:
        return ["93.184.216.34"] if host == "feed.example" else await resolve(host, port)

    async with httpx.AsyncClient(transport=transport) as hostile:
        with pytest.raises(Refusal) as caught:
            await fetch(hostile, "http://feed.example/start", LIMITS, resolver=resolver)
    assert caught.value.result in ("bad_url", "unreachable", "http_error", "private_address", "too_many_redirects")


@pytest.mark.parametrize("value", ["\u00b2\u00b3", "9" * 5_000, "Mon, 01 Jan 99999999999 00:00:00 GMT", "-5", "nan"])
async def test_a_hostile_wish_to_wait_is_ignored(value: str) -> None:
    answer = httpx.Response(503, headers=[(b"Retry-After", value.encode("utf-8")), (b"Date", b"x")])
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: answer)) as hostile:
        with pytest.raises(Refusal) as caught:
            await fetch(hostile, "http://127.0.0.1/", LIMITS)
    assert (caught.value.result, caught.value.retry_after) == ("http_error", None)


@pytest.mark.parametrize("value", [b"\xff\xfe", b'"' + b"x" * 100_000 + b'"', b"a\tb"])
async def test_a_validator_that_cannot_be_sent_back_is_forgotten(value: bytes) -> None:
    answer = httpx.Response(304, headers=[(b"ETag", value), (b"Last-Modified", value)])
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: answer)) as hostile:
        page = await fetch(hostile, "http://127.0.0.1/", LIMITS)
    assert (page.etag, page.last_modified) == (None, None)


async def test_nobody_there(site: Site, client: httpx.AsyncClient) -> None:
    url = site.url("/feed")
    await site.server.close()
    assert (await _refused(client, url)).result == "unreachable"
