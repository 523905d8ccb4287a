"""The process that parses feeds: honest ones come through, hostile ones cost what they may and no more."""

from __future__ import annotations

import resource

import pytest

from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.parse_apart import Budget, parse_apart
from services.ingest.sources.rss.refusal import Refusal

SIZE = 5_000_000
MEMORY_BYTES = 512_000_000
_ITEM = b"<item><title>%d</title><guid>%d</guid><description>" + b"word " * 800 + b"</description></item>"
_ATTRIBUTES = b"<rss><channel><item " + b" ".join(b'a%d="1"' % n for n in range(SIZE // 12)) + b"/></channel></rss>"


def _page(body: bytes) -> Page:
    return Page("http://feed.example/", body, "text/xml", None, None)


async def test_a_feed() -> None:
    body = b'<rss version="2.0"><channel><item><title>Up</title><guid>1</guid></item></channel></rss>'
    assert [record["title"] for record in await parse_apart(_page(body), "feed.example")] == ["Up"]


async def test_a_large_honest_feed() -> None:
    body = (
        b'<rss version="2.0"><channel>' + b"".join(_ITEM % (n, n) for n in range(SIZE // 4_100)) + b"</channel></rss>"
    )
    assert len(body) < SIZE
    assert len(await parse_apart(_page(body), "feed.example")) == 1_000


async def test_what_is_no_feed_says_so() -> None:
    with pytest.raises(Refusal, match=r"http://feed\.example/: expected an RSS or Atom feed"):
        await parse_apart(_page(b"hello"), "feed.example")


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        _ATTRIBUTES,
        b"<rss version='2.0'>" + b"<a>" * (SIZE // 3),
        b"<" * SIZE,
    ],
    ids=["attributes", "open tags", "brackets"],
)
async def test_a_hostile_feed_is_refused_within_the_limits(body: bytes) -> None:
    before = _spent()
    with pytest.raises(Refusal, match=r"http://feed\.example/: parsing takes more than 3 s or 512 MB"):
        await parse_apart(_page(body), "feed.example", Budget(cpu_seconds=3, memory_bytes=MEMORY_BYTES))
    seconds, peak = _spent()
    assert seconds - before[0] <= 5
    assert peak <= max(MEMORY_BYTES, before[1])  # a child begins with what this process had, which may be more


def _spent() -> tuple[float, int]:
    """CPU seconds of all processes that this one has waited for, and the most memory that one of them had (bytes)."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
