"""Which texts were seen lately, each known by its id and its content: one id may stand for many texts.

Feeds give one guid or one link to all entries, and bring a corrected text under the id of the first. Under an id that
was seen with another content a text gets an id of its own; it is a revision of the first when it repeats its core.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from msgspec.structs import replace

from services.domain.messages import RawText
from services.ingest.deduplicate import RepeatWindow
from services.ingest.identity import id_of_content
from services.text.copies import shared_bits, sketch

REMEMBERED_IDS = 20_000
"""Ids of which the first content is remembered; a correction comes soon, or counts as a text of its own."""
HEAD_CHARS = 300


class SeenTexts:
    """The texts of one process's sources; not safe for threads."""

    def __init__(self) -> None:
        self._repeats = RepeatWindow()
        self._first: OrderedDict[tuple[str, str], tuple[bytes, str]] = OrderedDict()

    def knows(self, text: RawText) -> bool:
        """Whether this very text, by id and content, was seen."""
        return self._repeats.knows(*text_name(text))

    def add(self, text: RawText) -> RawText | None:
        """Remember a text; as it is to be published, or None where it was seen."""
        if not self._repeats.add(*text_name(text)):
            return None
        name, content = (text.source, text.event_id), _digest(text)
        first, head = self._first.setdefault(name, (content, text.text[:HEAD_CHARS]))
        self._first.move_to_end(name)
        if len(self._first) > REMEMBERED_IDS:
            self._first.popitem(last=False)
        if content == first:
            return text
        revised = shared_bits(sketch(text.text), [sketch(head)])[0] > 0
        return replace(text, event_id=id_of_content(text), revises=text.event_id if revised else None)

    def forget(self, text: RawText) -> None:
        """Forget a text as it came, so that it can come again."""
        self._repeats.forget(*text_name(text))


def text_name(text: RawText) -> tuple[str, str]:
    """(source, id and content) of a text as it came."""
    return text.source, f"{text.event_id}\0{_digest(text).hex()}"


def _digest(text: RawText) -> bytes:
    return hashlib.blake2b(text.text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
