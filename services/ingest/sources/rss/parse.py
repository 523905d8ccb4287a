"""A feed's bytes to records: RSS and Atom, with what could harm refused before the parser sees it."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from typing import Any

import feedparser

from services.ingest.dates.read import read_date
from services.ingest.sources.rss.document import document_text
from services.ingest.sources.rss.entities import put_in_entities
from services.ingest.sources.rss.refusal import Refusal
from services.text.clean import clean_text

MAX_ENTRIES = 1_000
"""The newest ones of a feed."""
LEAST_SHARE = 0.3
"""Of the visible length of the summary: with less, the content is a picture with its caption."""
_LAST_ENTRY = re.compile(r".*</(item|entry)\s*>", re.DOTALL)
_RSS_1 = re.compile(r"<rdf:RDF\b", re.IGNORECASE)


def parse_feed(
    body: bytes, url: str, content_type: str, source: str, seen: int, *, cut: bool = False
) -> list[dict[str, Any]]:
    """The newest entries of an RSS or Atom feed as records for `normalise`, oldest first, dates as they are written.

    `seen` is the moment of the fetch (ms), `cut` says that the end of `body` is missing: the last entry is left out.

    :raises Refusal: `bad_content` when it is no feed, or one that must not be read; `too_large` when it is cut before
        the end of its first entry.
    """
    try:
        document = put_in_entities(document_text(body, content_type))
    except Refusal as refusal:
        raise Refusal(refusal.result, f"{url}: {refusal}") from refusal
    if cut:
        document = _closed(document, url)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        feed = feedparser.parse(
            io.BytesIO(document.encode("utf-8", "replace")),
            response_headers=headers,
            sanitize_html=False,  # `clean_text` leaves no markup
            resolve_relative_uris=False,  # of links inside of texts
        )
    except Exception as error:  # a parser's errors on hostile input have no common base but this
        raise Refusal("bad_content", f"{url}: the feed breaks the parser: {error!r}"[:500]) from error
    if not feed.get("version") and not feed.entries:
        raise Refusal("bad_content", f"{url}: expected an RSS or Atom feed, got {content_type or 'something else'}")
    return [_record(entry, source) for entry in _newest(feed.entries, seen)]


def _closed(document: str, url: str) -> str:
    """The document up to its last whole entry, closed as a feed of its kind is."""
    found = _LAST_ENTRY.match(document)
    if found is None:
        raise Refusal("too_large", f"{url}: no entry is whole in the {len(document)} characters that are read of it")
    end = "</feed>" if found[1] == "entry" else "</rdf:RDF>" if _RSS_1.match(document) else "</channel></rss>"
    return found[0] + end


def _newest(entries: Sequence[Any], seen: int) -> list[Any]:
    """The newest entries, oldest first. One without a date counts as its neighbour before it; a feed without dates has
    its newest first, as feeds do.
    """
    moments = [_moment(entry, seen) for entry in entries]
    latest = next((moment for moment in moments if moment is not None), None)
    if latest is None:
        return list(reversed(entries[:MAX_ENTRIES]))
    dated: list[tuple[int, int]] = []
    for place, moment in enumerate(moments):
        latest = latest if moment is None else moment
        dated.append((latest, place))
    return [entries[place] for _, place in sorted(dated)[-MAX_ENTRIES:]]


def _moment(entry: Any, seen: int) -> int | None:
    """When an entry was published, to order it among those of its feed, which have one time zone."""
    read = read_date(_date(entry), None, seen)
    return None if read.change else read.at


def _date(entry: Any) -> str | None:
    found: str | None = entry.get("published") or entry.get("updated")
    return found


def _record(entry: Any, source: str) -> dict[str, Any]:
    """One entry; its id is unique to the source, as feeds number their entries as they like."""
    link = entry.get("link")
    name = entry.get("id") or link
    return {
        "id": hashlib.sha256(f"{source}\0{name}".encode("utf-8", "replace")).hexdigest()[:32] if name else None,
        "title": entry.get("title"),
        "body": _body(entry),
        "published_at": _date(entry),
        "author": entry.get("author"),
        "url": link,
    }


def _body(entry: Any) -> str | None:
    """The content, unless it says next to nothing beside the summary, which may be no more than "Read more"."""
    summary: str | None = entry.get("summary")
    contents = [value for each in entry.get("content") or () if (value := each.get("value")) and value != summary]
    if not contents or not summary:
        return next(iter(contents), summary)
    content: str = max(contents, key=len)
    return content if len(clean_text(content)) >= LEAST_SHARE * len(clean_text(summary)) else summary
