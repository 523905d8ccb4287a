"""What keys learn from each other, once a day of event time: the priors of their kind, the tail of their cohort.

Each partition aggregates its keys at the end of a day (`aggregate.py`). All aggregates of a day are applied together an
hour of event time later, so every partition knows the same at the same event time, however many workers there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from services.detector.cohort import COHORTS, tail_before_history
from services.detector.priors import KindAggregate, KindPriors, priors_of
from services.detector.tail import DayCounts, Tail
from services.domain.checks import check, check_day
from services.domain.event_time import HOUR_MS
from services.domain.key import KINDS
from services.domain.limits import MAX_WATCHLISTS, AlertName, Count, Partition
from services.domain.messages import Message

LEARN_AFTER_MS = HOUR_MS
"""The aggregates of a day are applied so long after its end."""
DECAY_A_DAY = 0.5 ** (1.0 / 120.0)
"""How much of a tail is left a day later: half in 120 days."""


class DailyAggregate(Message, frozen=True, kw_only=True, tag="day_sums"):
    """What the keys of one partition have to say about a day (since 1970, UTC), on `opinions.by_key`."""

    tells_time_only: ClassVar[bool] = True
    partition: Partition
    day: int
    kinds: dict[str, KindAggregate] = msgspec.field(name="groups")
    """By kind of key."""
    peaks: dict[str, DayCounts]
    """By cohort."""
    keys: dict[str, Count]
    """Followed keys that are not dormant, by kind."""
    watched: Annotated[dict[AlertName, Count], Meta(max_length=MAX_WATCHLISTS)]
    """The same by watchlist."""

    def check(self, now: int | None) -> None:
        """A day that can be, kinds and cohorts that there are, and numbers that can be learned."""
        check_day("day", self.day, now)
        kinds = {*self.kinds, *self.keys}
        check(kinds <= set(KINDS), f"expected kinds of keys out of {KINDS}, got {sorted(kinds)[:10]}")
        check(self.peaks.keys() <= COHORTS, f"peaks: expected cohorts such as company/2, got {sorted(self.peaks)[:10]}")
        for kind in self.kinds.values():
            kind.check()
        for peak in self.peaks.values():
            peak.check()


class SharedStatistics(msgspec.Struct):
    """All that is shared, as of the end of `day`."""

    day: int | None = None
    priors: dict[str, KindPriors] = msgspec.field(name="groups", default_factory=dict)
    """By kind of key."""
    tails: dict[str, Tail] = msgspec.field(default_factory=dict)
    """By cohort."""
    keys: dict[str, int] = msgspec.field(default_factory=dict)
    """Followed keys by kind."""
    watched: dict[str, int] = msgspec.field(default_factory=dict)
    """Followed keys by watchlist."""

    def learn(self, day: int, aggregates: Sequence[DailyAggregate]) -> None:
        """Apply the aggregates of all partitions of one day. Their order does not matter: they are integers."""
        self.day = day
        kinds = sorted({kind for each in aggregates for kind in each.kinds})
        self.priors = {kind: priors_of(each.kinds[kind] for each in aggregates if kind in each.kinds) for kind in kinds}
        self.keys = _total(each.keys for each in aggregates)
        self.watched = _total(each.watched for each in aggregates)
        for cohort in sorted({cohort for each in aggregates for cohort in each.peaks} | set(self.tails)):
            tail = self.tails.setdefault(cohort, tail_before_history(cohort))
            tail.learn([each.peaks[cohort] for each in aggregates if cohort in each.peaks], DECAY_A_DAY)


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    return dict(sum(map(Counter, counts), Counter()))
