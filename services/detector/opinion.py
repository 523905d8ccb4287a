"""One text as the detector sees it."""

from __future__ import annotations

from zlib import crc32

import msgspec

from services.domain.key import MonitoredKey
from services.domain.limits import MAX_EVIDENCE_CHARS
from services.domain.messages import EntitySentiment, Highlight, ScoredText
from services.text.copies import is_passed_on, sketch
from services.text.publisher import publisher_of
from services.watchlists.followed_keys import topics_of


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """A text about one followed key: when, how negative, by whom, and in which words."""

    id: str
    time: int
    negative: float
    """P(negative)."""
    leads: bool
    """True when negative is the most likely class."""
    author: str | None
    text: str
    source: str
    url: str | None
    sketch: bytes = b""
    """What near-repeats share, without the name of the key's company."""
    publisher: str | None = None
    """None in states of before it was known; its source stands for it."""
    own_words: bool = False
    """A comment of a named author that does not say that it comes from elsewhere."""
    content: int = 0
    """A hash of the text: an id may stand for several. 0 in states of before it was known."""
    revises: str | None = None
    """The id of the text that this one replaces."""
    topics: tuple[str, ...] = ()
    highlights: tuple[Highlight, ...] = msgspec.field(name="because", default=())

    @property
    def units(self) -> float:
        """q: P(negative) when negative is the most likely class, else 0."""
        return self.negative if self.leads else 0.0


def opinion_of(text: ScoredText, key: MonitoredKey) -> Opinion:
    """The part of a scored text that detection and evidence of `key` need.

    For a company that is the sentiment towards it: one text can be bad for one company and good for another.
    """
    subject = text.towards(key.entity) if key.kind == "company" else text
    negative, neutral, positive = subject.sentiment
    shown, start = _shown(text, subject)
    return Opinion(
        id=text.event_id,
        time=text.published_at,
        negative=negative,
        leads=negative > neutral and negative > positive,
        author=text.author,
        text=shown,
        source=text.source,
        url=text.url,
        publisher=publisher_of(text.source, text.url, text.publisher),
        sketch=sketch(text.text, _mention(text, key)),
        own_words=text.kind == "comment" and text.author is not None and not is_passed_on(text.text),
        content=crc32(text.text.encode("utf-8", "surrogatepass")),
        revises=text.revises,
        topics=topics_of(text),
        highlights=tuple(
            msgspec.structs.replace(one, start=one.start - start, end=one.end - start)
            for one in subject.highlights
            if one.start >= start and one.end - start <= len(shown)
        ),
    )


def _shown(text: ScoredText, subject: EntitySentiment | ScoredText) -> tuple[str, int]:
    """What evidence shows of a text, and where it begins: all of a short text, the passage that decided of a long one,
    or else its beginning.
    """
    if subject.passage is None or len(text.text) <= MAX_EVIDENCE_CHARS:
        return text.text[:MAX_EVIDENCE_CHARS], 0
    return subject.passage.text[:MAX_EVIDENCE_CHARS], subject.passage.start


def _mention(text: ScoredText, key: MonitoredKey) -> str:
    """How the text names the company of the key; "" where it has none."""
    return next((company.mention for company in text.companies if company.id == key.company), "")
