"""One text as the detector sees it."""

from __future__ import annotations

import msgspec

from services.domain.key import MonitoredKey
from services.domain.limits import MAX_EVIDENCE_CHARS
from services.domain.messages import EntitySentiment, Highlight, ScoredText
from services.watchlists.followed_keys import topics_of


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """A text about one followed key: when, how negative, by whom, and what near-repeats share."""

    id: str
    time: int
    negative: float
    """P(negative)."""
    leads: bool
    """True when negative is the most likely class."""
    author: str | None
    fingerprint: int
    text: str
    source: str
    url: str | None
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
        fingerprint=text.fingerprint,
        text=shown,
        source=text.source,
        url=text.url,
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
