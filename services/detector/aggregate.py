"""What the keys of one partition have to say about a day, in integers that add up to the same in any parts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from services.detector.cohort import cohort_of
from services.detector.context import Context
from services.detector.priors import PROFILE_HOURS, KindAggregate, KindPriors, thousandths
from services.detector.shared import DailyAggregate
from services.detector.state import KeyState
from services.detector.tail import DayCounts, Rarity, step_of
from services.domain.event_time import DAY_MS
from services.domain.key import MonitoredKey

DORMANT_MS = 30 * DAY_MS
"""A key without a text for so long does not count as followed."""
FAR = 0.05
"""An incident whose score becomes so many times rarer than it had to be is a real one."""
LEAST_EXPOSURE = 24.0
"""Hours that a key must be known to say what level is typical."""
_MOST_SHARE, _MOST_SQUARES, _MOST_PROFILE = 100.0, 5.0, 200.0
"""What one key may weigh in its kind: texts, squared expected texts, texts of the profile."""


def aggregate_day(
    partition: int, day: int, keys: Iterable[tuple[MonitoredKey, KeyState]], context: Context
) -> DailyAggregate:
    """The keys of one partition at the end of a day (since 1970, UTC)."""
    kinds: dict[str, KindAggregate] = {}
    peaks: dict[str, DayCounts] = {}
    counts: Counter[str] = Counter()
    watched: Counter[str] = Counter()
    end = (day + 1) * DAY_MS
    for key, state in keys:
        if state.first_at >= end or end - state.now > DORMANT_MS:
            continue
        counts[key.kind] += 1
        watched.update(context.watchlists.watching(key))
        _add_baseline(kinds.setdefault(key.kind, KindAggregate()), state, context.priors(key))
        _add_peak(peaks, key, state, day, context)
    return DailyAggregate(
        partition=partition, day=day, kinds=kinds, peaks=peaks, keys=dict(counts), watched=dict(watched)
    )


def _add_baseline(total: KindAggregate, state: KeyState, priors: KindPriors) -> None:
    """A key's level, share, dispersion and profile, each with a bounded weight: a busy key is not its kind."""
    own = state.baseline
    if own.exposure >= LEAST_EXPOSURE:
        total.keys += 1
        total.log_level += thousandths(math.log(own.level(priors)))
    texts = own.negative + own.other
    part = min(1.0, _MOST_SHARE / texts) if texts > 0 else 0.0
    total.negative += thousandths(part * own.negative)
    total.texts += thousandths(part * texts)
    part = min(1.0, _MOST_SQUARES / own.squared_mean) if own.squared_mean > 0 else 0.0
    total.excess += thousandths(part * own.squared_excess)
    total.squares += thousandths(part * own.squared_mean)
    texts = sum(own.profile_texts)
    part = min(1.0, _MOST_PROFILE / texts) if texts > 0 else 0.0
    for hour in range(PROFILE_HOURS):
        total.profile_texts[hour] += thousandths(part * own.profile_texts[hour])
        total.profile_expected[hour] += thousandths(part * own.profile_expected[hour])


def _add_peak(peaks: dict[str, DayCounts], key: MonitoredKey, state: KeyState, day: int, context: Context) -> None:
    """A key's largest score of the day, unless an incident was open when it began, or a real one came."""
    peak = state.peak
    if peak is None or peak.day != day:
        if not state.is_open():
            cohort = cohort_of(key, state, (day + 1) * DAY_MS, context.priors(key), context.params)
            peaks.setdefault(cohort, DayCounts()).add(0)
    elif peak.open:
        return
    elif peak.censored_at is None:
        peaks.setdefault(peak.cohort, DayCounts()).add(step_of(peak.score))
    elif not _beyond_chance(context.rarity(peak.cohort), peak.score, peak.censored_at):
        peaks.setdefault(peak.cohort, DayCounts()).add(step_of(peak.censored_at), censored=True)


def _beyond_chance(rarity: Rarity, score: float, censored_at: float) -> bool:
    """Whether a score is so far beyond the one that raised an incident that one false alarm in twenty gets there."""
    return rarity.p_value(score) < FAR * rarity.p_value(censored_at)
