"""What keys learn from each other: aggregates over the keys of a day, applied together."""

from __future__ import annotations

import math
import random

import msgspec
import pytest

from services.detector.aggregate import DORMANT_MS, LEAST_EXPOSURE, aggregate_day
from services.detector.baseline import Baseline
from services.detector.cohort import cohort_of
from services.detector.context import Context
from services.detector.params import Params
from services.detector.priors import PRIOR_DISPERSION, PRIOR_LEVEL, PRIOR_SHARE, PROFILE_HOURS, KindPriors
from services.detector.shared import DECAY_A_DAY, DailyAggregate, SharedStatistics
from services.detector.state import Incident, KeyState, Peak
from services.detector.tail import STEPS, DayCounts, step_of
from services.domain.key import MonitoredKey
from services.domain.messages import KeyedText, WatermarkUpdate
from services.kafka.codec import Codec, encode
from services.watchlists.model import EVERYTHING, Watchlists
from tests.factories import DAY, HOUR, START, daily_aggregate, watchlist

DAY_0 = START // DAY + 30
NIGHT = (DAY_0 + 1) * DAY
"""The end of `DAY_0`."""
COHORT = "company/3"


def state_with(
    baseline: Baseline | None = None, peak: Peak | None = None, first_at: int = START, now: int = NIGHT - HOUR
) -> KeyState:
    return KeyState(first_at=first_at, now=now, next_hour=now // HOUR, baseline=baseline or Baseline(), peak=peak)


def peak_of(score: float, *, censored_at: float | None = None, open: bool = False, day: int = DAY_0) -> Peak:
    return Peak(day=day, cohort=COHORT, open=open, floor=0.0, score=score, censored_at=censored_at)


def opened(state: KeyState) -> KeyState:
    """The same with an open incident."""
    state.incident = Incident(
        id="x", raised_at=START, above_at=START, severity=1, score=2.0, p_value=1e-3, minutes=60, clear_below=0.5
    )
    return state


def aggregated(*states: KeyState, context: Context | None = None) -> DailyAggregate:
    keys = [(MonitoredKey.of_company(f"ACME{n}"), state) for n, state in enumerate(states)]
    return aggregate_day(0, DAY_0, keys, context or Context())


def counts(aggregate: DailyAggregate) -> dict[str, tuple[dict[int, int], dict[int, int]]]:
    return {cohort: (one.ended, one.censored) for cohort, one in aggregate.peaks.items()}


def some_keys(seed: int) -> list[tuple[MonitoredKey, KeyState]]:
    """Keys of three kinds with some history, some of them with incidents."""
    source = random.Random(seed)
    keys = [MonitoredKey.of_company(f"C{n}") for n in range(60)] + [MonitoredKey.of_topic(f"T{n}") for n in range(9)]
    keys += [MonitoredKey.of_pair(f"T{n}", f"C{n}") for n in range(15)]
    return [(key, _some_state(source)) for key in keys]


def _some_state(source: random.Random) -> KeyState:
    baseline, context = Baseline(), Context()
    rate = source.choice([0.1, 0.5, 3.0])
    for hour in range(60):
        texts = float(source.randrange(1 + int(6 * rate)))
        baseline.learn(
            hour, texts, texts * source.random() * 0.81, context.priors(MonitoredKey.of_company("C")), Params()
        )
    censored_at = source.choice([None, None, source.uniform(0.5, 2.0)])
    peak = peak_of(source.expovariate(2.5) + (censored_at or 0.0), censored_at=censored_at, open=source.random() < 0.1)
    return state_with(baseline, source.choice([peak, peak, None]), first_at=source.choice([START, NIGHT - 3 * DAY]))


@pytest.mark.parametrize("partitions", [1, 2, 4])
def test_how_keys_are_spread_and_the_order_of_parts_do_not_matter(partitions: int) -> None:
    context, spread = Context(), Context()
    source = random.Random(5)
    for day in range(DAY_0, DAY_0 + 5):
        keys = some_keys(day)
        for _, state in keys:
            if state.peak is not None:
                state.peak.day = day
        context.learn(day, [aggregate_day(0, day, keys, context)])
        source.shuffle(keys)
        parts = [aggregate_day(p, day, keys[p::partitions], spread) for p in range(partitions)]
        source.shuffle(parts)
        spread.learn(day, parts)
        assert spread.shared == context.shared
    assert {cohort.split("/")[0] for cohort in context.shared.tails} == {"company", "topic", "pair"}
    assert context.shared.priors["company"].share != context.shared.priors["topic"].share


def test_the_largest_score_of_a_day_is_counted_in_the_cohort_of_its_morning() -> None:
    found = counts(aggregated(*(state_with(peak=peak_of(score)) for score in (0.0, 0.31, 0.34, 1.71))))
    assert found == {COHORT: ({step_of(0.0): 1, step_of(0.31): 2, step_of(1.71): 1}, {})}


def test_a_day_without_a_text_counts_as_one_on_which_nothing_happened() -> None:
    states = [state_with(), state_with(peak=peak_of(3.0, day=DAY_0 - 1))]
    cohort = cohort_of(MonitoredKey.of_company("ACME0"), states[0], NIGHT, KindPriors(), Params())
    assert counts(aggregated(*states)) == {cohort: ({0: 2}, {})}


def test_a_day_that_began_with_an_open_incident_does_not_count() -> None:
    began = state_with(peak=peak_of(2.0, open=True))
    all_day = opened(state_with(peak=peak_of(4.0, censored_at=1.2, day=DAY_0 - 1)))
    assert counts(aggregated(began, all_day)) == {}


def test_a_false_alarm_is_censored_where_it_was_raised_and_a_real_incident_does_not_count() -> None:
    far = Context().rarity(COHORT)
    limit = far.score_at(0.05 * far.p_value(1.2))
    alarm = opened(state_with(peak=peak_of(limit - 0.01, censored_at=1.2)))
    incident = opened(state_with(peak=peak_of(limit + 0.01, censored_at=1.2)))
    assert counts(aggregated(alarm)) == {COHORT: ({}, {step_of(1.2): 1})}
    assert counts(aggregated(incident)) == {}


def test_keys_that_are_dormant_or_began_later_do_not_count() -> None:
    baseline = Baseline(texts=10.0, exposure=100.0, negative=5.0, other=5.0)
    dormant = state_with(baseline, now=NIGHT - DORMANT_MS - 1)
    later = state_with(baseline, first_at=NIGHT)
    for one in (dormant, later):
        assert aggregated(one) == daily_aggregate(0, DAY_0)
    assert aggregated(state_with(baseline, now=NIGHT - DORMANT_MS)).watched == {"all": 1}


def test_keys_are_counted_by_kind_and_by_watchlist() -> None:
    pairs = frozenset({MonitoredKey.of_pair("oil", "ACME0")})
    two = watchlist("ACME0", "ACME2", name="two", pairs=pairs, alerts_per_day=1.0)
    context = Context(Watchlists((EVERYTHING, two)))
    keys = [MonitoredKey.of_company(f"ACME{n}") for n in range(4)]
    keys += [MonitoredKey.of_topic("oil"), MonitoredKey.of_pair("oil", "ACME0")]
    aggregate = aggregate_day(0, DAY_0, [(key, state_with()) for key in keys], context)
    assert (aggregate.keys, aggregate.watched) == ({"company": 4, "topic": 1, "pair": 1}, {"all": 5, "two": 3})
    context.learn(DAY_0, [aggregate, aggregate])
    assert context.shared.watched == {"all": 10, "two": 6}
    assert context.shared.keys == {"company": 8, "topic": 2, "pair": 2}


def test_what_one_key_weighs_in_its_kind_is_bounded() -> None:
    busy = Baseline(negative=90_000.0, other=10_000.0, squared_excess=3_000.0, squared_mean=1_000.0)
    busy.profile_texts[7], busy.profile_expected[7] = 40_000.0, 10_000.0
    shared = learned(aggregated(state_with(busy)))
    priors = shared.priors["company"]
    assert priors.share == pytest.approx((0.9 * 100 + PRIOR_SHARE * 200) / (100 + 200))
    assert priors.dispersion == pytest.approx((3.0 * 5 + PRIOR_DISPERSION * 50) / (5 + 50))
    assert priors.profile[7] == pytest.approx((200 + 50) / (50 + 50))
    assert priors.profile[:7] + priors.profile[8:] == (1.0,) * (PROFILE_HOURS - 1)


def test_the_typical_level_is_the_geometric_mean_of_keys_that_are_known_for_a_day() -> None:
    slow, fast = (Baseline(texts=rate * 100.0, exposure=100.0) for rate in (0.1, 10.0))
    new = Baseline(texts=500.0, exposure=LEAST_EXPOSURE - 1.0)
    states = [state_with(one) for one in (slow, fast, new)]
    levels = [one.level(KindPriors()) for one in (slow, fast)] + 5 * [PRIOR_LEVEL]
    expected = math.exp(sum(map(math.log, levels)) / 7)
    assert learned(aggregated(*states)).priors["company"].level == pytest.approx(expected, rel=1e-3)


def test_many_small_keys_outweigh_the_prior() -> None:
    small = Baseline(negative=6.0, other=14.0, squared_excess=1.5, squared_mean=1.0)
    priors = learned(aggregated(*(state_with(small) for _ in range(1_000)))).priors["company"]
    assert priors.share == pytest.approx(0.3, abs=0.002)
    assert priors.dispersion == pytest.approx(1.5, abs=0.05)


def test_statistics_are_those_of_their_day_and_tails_fade() -> None:
    shared = learned(aggregated(state_with(Baseline(negative=6.0, other=4.0), peak_of(0.7))))
    before = shared.tails[COHORT].key_days()
    shared.learn(DAY_0 + 1, [])
    assert (shared.day, shared.priors, shared.keys, shared.watched) == (DAY_0 + 1, {}, {}, {})
    assert shared.tails[COHORT].key_days() == pytest.approx(before * DECAY_A_DAY)


def test_aggregates_and_statistics_are_the_same_after_a_save_and_a_load() -> None:
    aggregate = aggregated(*(state for _, state in some_keys(1)))
    assert Codec(KeyedText, WatermarkUpdate, DailyAggregate).decode(encode(aggregate)) == aggregate
    shared = learned(aggregate)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(shared), type=SharedStatistics) == shared
    assert len(shared.tails[COHORT].ended) == STEPS
    assert isinstance(aggregate.peaks[COHORT], DayCounts)


def learned(*parts: DailyAggregate) -> SharedStatistics:
    shared = SharedStatistics()
    shared.learn(DAY_0, parts)
    return shared
