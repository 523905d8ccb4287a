"""What keys learn from each other, once a day of event time: the priors of their group, the tail of their cohort.

Each partition sums up its keys at the end of a day. All sums of a day are applied together an hour of event time
later, so every partition knows the same at the same event time, however many workers there are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from services.detector.cohort import cohort_of, tail_before_history
from services.detector.params import Params
from services.detector.priors import SLOTS, KindAggregate, KindPriors, priors_of, thousandths
from services.detector.state import KeyState
from services.detector.tail import DayCounts, Rarity, Tail, step_of
from services.domain.event_time import DAY_MS, HOUR_MS
from services.domain.key import MonitoredKey
from services.domain.messages import Message
from services.watchlists.model import Watchlists

LEARN_AFTER_MS = HOUR_MS
"""The sums of a day are applied so long after its end."""
KEEP_A_DAY = 0.5 ** (1.0 / 120.0)
"""How much of a tail is left a day later: half in 120 days."""
DORMANT_MS = 30 * DAY_MS
"""A key without a text for so long does not count as followed."""
FAR = 0.05
"""An alert whose score becomes so many times rarer than it had to be is a real incident."""
LEAST_EXPOSURE = 24.0
"""Hours that a key must be known to say what level is typical."""
_MOST_SHARE, _MOST_SQUARES, _MOST_PROFILE = 100.0, 5.0, 200.0
"""What one key may weigh in its group: texts, squared expected texts, texts of the profile."""


class Knowledge(Protocol):
    """What summing up needs to know; a `Context`."""

    params: Params
    watchlists: Watchlists

    def group(self, key: MonitoredKey) -> KindPriors:
        """What is usual for keys of its kind."""

    def rarity(self, cohort: str) -> Rarity:
        """How rare a score is in a cohort."""


class DailyAggregate(Message, frozen=True, kw_only=True, tag="day_sums"):
    """What the keys of one partition have to say about a day (since 1970, UTC), on `opinions.by_key`."""

    partition: int
    day: int
    groups: dict[str, KindAggregate]
    """By kind of key."""
    peaks: dict[str, DayCounts]
    """By cohort."""
    keys: dict[str, int]
    """Followed keys that are not dormant, by kind."""
    watched: dict[str, int]
    """The same by watchlist."""


class SharedStatistics(msgspec.Struct):
    """All that is shared, as of the end of `day`."""

    day: int | None = None
    groups: dict[str, KindPriors] = msgspec.field(default_factory=dict)
    tails: dict[str, Tail] = msgspec.field(default_factory=dict)
    keys: dict[str, int] = msgspec.field(default_factory=dict)
    """Followed keys by kind."""
    watched: dict[str, int] = msgspec.field(default_factory=dict)
    """Followed keys by watchlist."""

    def learn(self, day: int, parts: Sequence[DailyAggregate]) -> None:
        """Apply the sums of all partitions of one day. The order of `parts` does not matter: they are integers."""
        self.day = day
        kinds = sorted({kind for part in parts for kind in part.groups})
        self.groups = {kind: priors_of(p.groups[kind] for p in parts if kind in p.groups) for kind in kinds}
        self.keys = _total(part.keys for part in parts)
        self.watched = _total(part.watched for part in parts)
        for cohort in sorted({cohort for part in parts for cohort in part.peaks} | set(self.tails)):
            tail = self.tails.setdefault(cohort, tail_before_history(cohort))
            tail.learn([part.peaks[cohort] for part in parts if cohort in part.peaks], KEEP_A_DAY)


def sum_up(
    partition: int, day: int, keys: Iterable[tuple[MonitoredKey, KeyState]], knowledge: Knowledge
) -> DailyAggregate:
    """The sums over the keys of one partition at the end of a day."""
    groups: dict[str, KindAggregate] = {}
    peaks: dict[str, DayCounts] = {}
    counts: Counter[str] = Counter()
    watched: Counter[str] = Counter()
    end = (day + 1) * DAY_MS
    for key, state in keys:
        if state.first_at >= end or end - state.now > DORMANT_MS:
            continue
        counts[key.kind] += 1
        watched.update(knowledge.watchlists.watching(key))
        _add_to_group(groups.setdefault(key.kind, KindAggregate()), state, knowledge.group(key))
        _add_peak(peaks, key, state, day, knowledge)
    return DailyAggregate(
        partition=partition, day=day, groups=groups, peaks=peaks, keys=dict(counts), watched=dict(watched)
    )


def _total(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    return dict(sum(map(Counter, parts), Counter()))


def _add_to_group(sums: KindAggregate, state: KeyState, group: KindPriors) -> None:
    """A key's level, share, dispersion and profile, each with a bounded weight: a busy key is not the group."""
    own = state.baseline
    if own.exposure >= LEAST_EXPOSURE:
        sums.keys += 1
        sums.log_level += thousandths(math.log(own.level(group)))
    texts = own.negative + own.other
    part = min(1.0, _MOST_SHARE / texts) if texts > 0 else 0.0
    sums.negative += thousandths(part * own.negative)
    sums.texts += thousandths(part * texts)
    part = min(1.0, _MOST_SQUARES / own.squared_mean) if own.squared_mean > 0 else 0.0
    sums.excess += thousandths(part * own.squared_excess)
    sums.squares += thousandths(part * own.squared_mean)
    texts = sum(own.slot_texts)
    part = min(1.0, _MOST_PROFILE / texts) if texts > 0 else 0.0
    for slot in range(SLOTS):
        sums.slot_texts[slot] += thousandths(part * own.slot_texts[slot])
        sums.slot_expected[slot] += thousandths(part * own.slot_expected[slot])


def _add_peak(peaks: dict[str, DayCounts], key: MonitoredKey, state: KeyState, day: int, knowledge: Knowledge) -> None:
    """A key's largest score of the day, unless an alert was open when it began, or a real incident came."""
    peak = state.peak
    if peak is None or peak.day != day:
        if not state.is_open():
            cohort = cohort_of(key, state, (day + 1) * DAY_MS, knowledge.group(key), knowledge.params)
            peaks.setdefault(cohort, DayCounts()).add(0)
    elif peak.open:
        return
    elif peak.censored_at is None:
        peaks.setdefault(peak.cohort, DayCounts()).add(step_of(peak.score))
    elif not _beyond_chance(knowledge.rarity(peak.cohort), peak.score, peak.censored_at):
        peaks.setdefault(peak.cohort, DayCounts()).add(step_of(peak.censored_at), cut=True)


def _beyond_chance(rarity: Rarity, score: float, censored_at: float) -> bool:
    """Whether a score is so far beyond the one that raised an alert that one false alarm in twenty gets there."""
    return rarity.p_value(score) < FAR * rarity.p_value(censored_at)
