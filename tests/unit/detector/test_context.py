"""The score that raises an incident: from the watchlists' budget, through the tail of the key's cohort."""

from __future__ import annotations

import math

import pytest

from services.detector.cohort import shipped
from services.detector.context import Context
from services.detector.priors import KindPriors
from services.detector.shared import SharedStatistics
from services.detector.tail import DayCounts, Rarity
from services.domain.key import MonitoredKey
from services.watchlists.model import EVERYTHING, Watchlist, Watchlists
from tests.factories import daily_aggregate, watchlist

KEY, BOLT = MonitoredKey.of_company("ACME"), MonitoredKey.of_company("BOLT")
COHORT = "company/3"


def watched(**budget: float) -> Watchlist:
    return watchlist("ACME", "BOLT", **budget)


def test_a_fifth_of_an_alert_a_day_for_100_keys_unless_a_file_says_otherwise() -> None:
    context = Context()
    assert context.budget(KEY) == 0.002
    assert context.rarity(COHORT).p_value(context.threshold_of(KEY, COHORT)) == pytest.approx(0.002)


def test_a_budget_of_a_whole_list_is_shared_by_its_keys() -> None:
    lists = Watchlists((watched(alerts_per_day=2.0),))
    context = Context(lists, SharedStatistics(keys={"company": 900}, watched={"own": 1000}))
    assert context.budget(KEY) == 0.002
    assert context.threshold_of(KEY, COHORT) == Context().threshold_of(KEY, COHORT)


def test_a_list_is_taken_to_follow_100_keys_until_its_keys_are_counted() -> None:
    assert Context(Watchlists((watched(alerts_per_day=2.0),))).budget(KEY) == 0.02


def test_the_list_that_grants_most_counts() -> None:
    both = Context(Watchlists((EVERYTHING, watched(alerts_per_100_keys=5.0))))
    assert both.budget(KEY) == 0.05
    assert both.budget(MonitoredKey.of_company("CORE")) == 0.002
    assert both.threshold_of(KEY, COHORT) < both.threshold_of(MonitoredKey.of_company("CORE"), COHORT)


def test_a_key_twice_as_sensitive_has_twice_the_budget() -> None:
    own = watchlist("ACME", "BOLT", alerts_per_100_keys=0.5, sensitivity={KEY: 2.0})
    context = Context(Watchlists((own,)))
    p_values = [context.rarity(COHORT).p_value(context.threshold_of(key, COHORT)) for key in (KEY, BOLT)]
    assert p_values == pytest.approx([0.01, 0.005])


def test_a_threshold_takes_the_place_of_every_budget() -> None:
    context = Context(Watchlists((watched(alerts_per_100_keys=0.0),)), fixed_threshold=0.3)
    assert context.threshold_of(KEY, COHORT) == context.threshold_of(MonitoredKey.of_topic("oil"), COHORT) == 0.3


def test_a_key_without_a_budget_raises_nothing() -> None:
    context = Context(Watchlists((watched(alerts_per_100_keys=0.0),)))
    assert context.threshold_of(KEY, COHORT) == math.inf
    assert context.threshold_of(MonitoredKey.of_company("CORE"), COHORT) == math.inf


def test_no_budget_is_so_large_that_any_score_will_do() -> None:
    context = Context(Watchlists((watched(alerts_per_day=500.0),)))
    assert context.threshold_of(KEY, COHORT) == context.params.least_score


def test_rarity_is_shipped_until_it_is_learned() -> None:
    context = Context()
    before = context.threshold_of(KEY, COHORT)
    assert context.rarity(COHORT).p_value(before) == pytest.approx(Rarity(shipped(COHORT)).p_value(before), rel=0.1)
    calm = daily_aggregate(day=1, peaks={COHORT: DayCounts(ended={0: 5_000})})
    context.learn(1, [calm])
    assert context.threshold_of(KEY, COHORT) < before
    restless = daily_aggregate(day=2, peaks={COHORT: DayCounts(ended={30: 300})})
    context.learn(2, [restless])
    assert context.threshold_of(KEY, COHORT) > before
    assert context.threshold_of(KEY, "topic/3") == pytest.approx(before)


def test_priors_are_those_of_the_kind() -> None:
    of_pairs = KindPriors(share=0.4)
    context = Context(shared=SharedStatistics(priors={"pair": of_pairs}))
    assert context.priors(MonitoredKey.of_pair("oil", "ACME")) == of_pairs
    assert context.priors(KEY) == KindPriors()
