"""A feed's bytes to records: RSS and Atom, with what could harm refused before the parser sees it."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, ErrorHandler

import feedparser
from defusedxml.common import DefusedXmlException
from defusedxml.sax import parseString

from services.ingest.sources.rss.refusal import Refusal

MAX_ENTRIES = 1_000
_ENTITY = re.compile(rb"<\x00*!\x00*E\x00*N\x00*T\x00*I\x00*T\x00*Y", re.IGNORECASE)


def parse_feed(body: bytes, url: str, content_type: str, source: str) -> list[dict[str, Any]]:
    """The entries of an RSS or Atom feed as records for `normalise`, in their order, with dates as they are written.

    Entity declarations and external entities are refused ("billion laughs", reading of local files).

    :raises Refusal: `bad_content` when it is no feed, or one that must not be read.
    """
    _refuse_entities(body, url)
    headers = {"content-type": content_type, "content-location": url}
    try:
        feed = feedparser.parse(io.BytesIO(body), response_headers=headers)
    except Exception as error:  # a parser's errors on hostile input have no common base but this
        raise Refusal("bad_content", f"{url}: the feed breaks the parser: {error!r}"[:500]) from error
    if not feed.get("version") and not feed.entries:
        raise Refusal("bad_content", f"{url}: expected an RSS or Atom feed, got {content_type or 'something else'}")
    return [_record(entry, source) for entry in feed.entries[:MAX_ENTRIES]]


def _refuse_entities(body: bytes, url: str) -> None:
    handler = ContentHandler()
    try:
        parseString(body, handler, errorHandler=ErrorHandler(), forbid_dtd=False)
        hidden = None
    except DefusedXmlException as error:
        raise Refusal("bad_content", f"{url}: refused, {type(error).__name__}: the feed declares entities") from error
    except (SAXException, ValueError, LookupError):
        hidden = _ENTITY.search(body)  # not well-formed, as many feeds: the lenient parser reads what it can
    if hidden:
        raise Refusal("bad_content", f"{url}: refused, the feed declares entities and is not well-formed")


def _record(entry: Any, source: str) -> dict[str, Any]:
    """One entry; its id is unique to the source, as feeds number their entries as they like."""
    body = entry.get("summary")
    if not body and entry.get("content"):
        body = entry.content[0].get("value")
    link = entry.get("link")
    name = entry.get("id") or link
    return {
        "id": hashlib.sha256(f"{source}\0{name}".encode("utf-8", "replace")).hexdigest()[:32] if name else None,
        "title": entry.get("title"),
        "body": body,
        "published_at": entry.get("published") or entry.get("updated"),
        "author": entry.get("author"),
        "url": link,
    }
