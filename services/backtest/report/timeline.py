"""How many texts about a key came when, and how many of them were negative."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from services.detector.opinion import opinion_of
from services.domain.event_time import DAY_MS, HOUR_MS
from services.domain.key import MonitoredKey
from services.domain.messages import ScoredText
from services.watchlists.followed_keys import followed_keys
from services.watchlists.model import Watchlists

HOURLY_DAYS = 14
"""A longer span is counted by day."""
DAILY_DAYS = 730
"""A longer span is counted by week."""


@dataclass(slots=True)
class Timeline:
    """Texts of one key by the start (ms) of the bin, `width` ms wide, that they fall into."""

    width: int
    negative: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    other: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def bins(self) -> list[tuple[int, int, int]]:
        """(start, negative texts, other texts) of the bins that have texts, in order."""
        return [(at, self.negative.get(at, 0), self.other.get(at, 0)) for at in sorted({*self.negative, *self.other})]


def bin_width(span_ms: int) -> int:
    """An hour, a day or a week, by the time looked at."""
    if span_ms <= HOURLY_DAYS * DAY_MS:
        return HOUR_MS
    return DAY_MS if span_ms <= DAILY_DAYS * DAY_MS else 7 * DAY_MS


def timelines(
    texts: Iterable[ScoredText], keys: Collection[MonitoredKey], watchlists: Watchlists, width: int
) -> dict[MonitoredKey, Timeline]:
    """The timeline of each of `keys`; a text is negative when that is the most likely sentiment towards the key."""
    found = {key: Timeline(width) for key in keys}
    for text in texts:
        for key in followed_keys(text, watchlists):
            if key in found:
                opinion = opinion_of(text, key)
                counts = found[key].negative if opinion.leads else found[key].other
                counts[opinion.time // width * width] += 1
    return found
