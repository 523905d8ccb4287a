"""The feeds of an OPML file, the list that feed readers export."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from services.domain.errors import InvalidInput
from services.files.bounded import read_bytes
from services.ingest.sources.rss.document import document_text
from services.ingest.sources.rss.entities import put_in_entities
from services.ingest.sources.rss.fetch import parse_url
from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.subscription import Subscription

MOST_BYTES = 10_000_000


class Opml(NamedTuple):
    """The feeds, each once, and what was left out, with its line."""

    feeds: tuple[Subscription, ...]
    left_out: tuple[str, ...]


def read_opml(path: Path) -> Opml:
    """The feeds of a file, in its order; an address that cannot be fetched is left out.

    :raises InvalidInput: when it cannot be read, is no OPML, or names no feed.
    """
    return parse_opml(read_bytes(path, MOST_BYTES), str(path))


def parse_opml(data: bytes, file: str) -> Opml:
    """The feeds of the bytes of a file; `file` is what errors call it.

    :raises InvalidInput: as `read_opml`.
    """
    text = document_text(data)
    try:
        document = put_in_entities(text)
    except Refusal as refusal:
        raise InvalidInput(f"{file}: {refusal}") from refusal
    before = text.count("\n") - document.count("\n")
    outlines = _Outlines(file, before)
    try:
        outlines.parser.Parse(document.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise InvalidInput(f"{file}:{before + error.lineno}: no valid OPML: {error}") from error
    if outlines.root != "opml":
        raise InvalidInput(f"{file}: expected OPML, got the element {outlines.root[:40]!r}")
    if not outlines.feeds:
        raise InvalidInput(f"{file}: expected outlines with an xmlUrl, got {'; '.join(outlines.left_out) or 'none'}")
    return Opml(tuple(map(Subscription, outlines.feeds)), tuple(outlines.left_out))


class _Outlines:
    """What is read of a document; `before` lines of the file stand before it."""

    def __init__(self, file: str, before: int) -> None:
        self.root = ""
        self.feeds: dict[str, None] = {}
        self.left_out: list[str] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._element
        self._file = file
        self._before = before

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name.lower()
        url = next((value.strip() for key, value in attributes.items() if key.lower() == "xmlurl"), "")
        if name.lower() != "outline" or not url:
            return
        try:
            parse_url(url)
            self.feeds[url] = None
        except Refusal as refusal:
            self.left_out.append(f"{self._file}:{self._before + self.parser.CurrentLineNumber}: {refusal}")
