"""One text as the detector sees it."""

from __future__ import annotations

import msgspec

from services.domain.key import MonitoredKey
from services.domain.messages import Highlight, ScoredText
from services.watchlists.followed_keys import topics_of

TEXT_CHARS = 500


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
    return Opinion(
        id=text.event_id,
        time=text.published_at,
        negative=negative,
        leads=negative > neutral and negative > positive,
        author=text.author,
        fingerprint=text.fingerprint,
        text=text.text[:TEXT_CHARS],
        source=text.source,
        url=text.url,
        topics=topics_of(text),
        highlights=tuple(one for one in subject.highlights if one.end <= TEXT_CHARS),
    )
