"""The answer of a feed's server: a page, a redirection, or the reason why it is neither."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import httpx

from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.unpack import unpack

_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_RETRY_AFTER_SECONDS = 24 * 3_600.0
_MAX_VALIDATOR_CHARS = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A feed's bytes; `body` is None when it has not changed, and without its end when it is `cut`."""

    url: str
    body: bytes | None
    content_type: str
    etag: str | None
    last_modified: str | None
    cut: bool = False


async def read_response(response: httpx.Response, url: str, size_bytes: int) -> Page | str:
    """The page, of which at most `size_bytes` are read, or where the response redirects to.

    :raises Refusal: when it is neither.
    """
    headers = response.headers
    if response.status_code in _REDIRECTS and "location" in headers:
        try:
            return urljoin(url, headers["location"])
        except ValueError as error:
            raise Refusal("bad_url", f"{url}: redirects to {headers['location'][:200]!r}: {error}") from error
    if response.status_code not in (200, 304):
        raise Refusal(
            "http_error",
            f"{url}: HTTP status {response.status_code}",
            retry_after=_retry_after(headers.get("retry-after"), headers.get("date")),
            gone=response.status_code == 410,
        )
    body, cut = (None, False) if response.status_code == 304 else await _body(response, url, size_bytes)
    content_type = headers.get("content-type", "")
    return Page(url, body, content_type, _validator(headers.get("etag")), _validator(headers.get("last-modified")), cut)


async def _body(response: httpx.Response, url: str, limit: int) -> tuple[bytes, bool]:
    """The body as far as `limit` bytes, packed and unpacked, and whether there is more."""
    packed = bytearray()
    async for piece in response.aiter_raw():
        packed += piece
        if len(packed) > limit:
            break
    encodings = response.headers.get("content-encoding", "")
    try:
        return await asyncio.to_thread(unpack, bytes(packed[:limit]), encodings, limit, cut=len(packed) > limit)
    except Refusal as refusal:
        raise Refusal(refusal.result, f"{url}: {refusal}") from refusal


def _validator(value: str | None) -> str | None:
    """What may be sent back as a header in the next request; None when there is no such thing."""
    return value if value and len(value) <= _MAX_VALIDATOR_CHARS and value.isascii() and value.isprintable() else None


def _retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or a moment, told from the server's own clock."""
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):  # `isdigit` takes more than `float` does
        return min(float(value), _MAX_RETRY_AFTER_SECONDS)
    try:
        until: datetime = parsedate_to_datetime(value)
        seconds = (until - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_SECONDS)
