"""Alerts and trends as metrics, bounded in number."""

from __future__ import annotations

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from services.common.messages import SpikeCleared, SpikeRaised
from services.common.metrics import Metrics
from services.common.watchlists.model import EVERYTHING, Label, Watchlist, Watchlists
from services.monitoring.detector.cohort import tail_before_history
from services.monitoring.detector.context import Context
from services.monitoring.detector.pool import Pool
from services.monitoring.gauges import Gauges
from tests.unit.common.test_alert_record import RAISED
from tests.unit.monitoring.streams import NEGATIVE, NEUTRAL, START, scored

HOUR = 3_600_000


def _raised(entity: str) -> SpikeRaised:
    return msgspec.structs.replace(RAISED, id=f"company:{entity}@x", entity=entity)


def _cleared(entity: str) -> SpikeCleared:
    return SpikeCleared(
        id=f"company:{entity}@x", kind="company", entity=entity, name=entity, time=1, raised_at=0, severity=1
    )


def test_companies_beyond_the_limit_share_one_series() -> None:
    registry = CollectorRegistry()
    gauges = Gauges(Metrics(registry), most=2)
    for entity in "ABCD":
        gauges.sent(_raised(entity))

    def active(entity: str) -> float | None:
        return registry.get_sample_value("groundswell_spike_active", {"kind": "company", "entity": entity})

    assert [active(e) for e in ("A", "B", "C", "D", "other")] == [1, 1, None, None, 1]
    gauges.sent(_cleared("A"))
    gauges.sent(_cleared("C"))
    assert [active(e) for e in ("A", "other")] == [0, 1]
    gauges.sent(_cleared("D"))
    assert active("other") == 0


def test_an_escalation_is_counted_once_as_such() -> None:
    registry = CollectorRegistry()
    gauges = Gauges(Metrics(registry), most=2)
    gauges.sent(RAISED)
    gauges.sent(msgspec.structs.replace(RAISED, severity=3, revision=1))

    def alerts(what: str) -> float | None:
        return registry.get_sample_value("groundswell_alerts_total", {"what": what, "kind": "company"})

    assert (alerts("raised"), alerts("escalated")) == (1, 1)
    labels = {"kind": "company", "entity": "AAPL"}
    assert registry.get_sample_value("groundswell_spike_severity", labels) == 3


def test_shares_are_those_of_the_last_hour_of_event_time() -> None:
    registry = CollectorRegistry()
    gauges = Gauges(Metrics(registry), most=2)
    texts = [(0, NEGATIVE), (HOUR, NEGATIVE), (HOUR + 1, NEUTRAL), (HOUR + 2, NEUTRAL), (HOUR + 3, NEUTRAL)]
    for number, (time, sentiment) in enumerate(texts):
        gauges.scored(msgspec.structs.replace(scored(number, START + time, sentiment), topics={"earnings": 0.9}))
    gauges.show_trends()
    assert registry.get_sample_value("groundswell_documents_per_hour", {"topic": "earnings"}) == 4
    share = {"topic": "earnings", "sentiment": "negative"}
    assert registry.get_sample_value("groundswell_sentiment_share", share) == 0.25


def test_an_alert_found_open_after_a_restart_is_shown() -> None:
    registry = CollectorRegistry()
    gauges = Gauges(Metrics(registry), most=2)
    gauges.found_open("company:AAPL", RAISED.id, 2, RAISED.time)
    labels = {"kind": "company", "entity": "AAPL"}
    assert registry.get_sample_value("groundswell_spike_active", labels) == 1
    assert registry.get_sample_value("groundswell_spike_severity", labels) == 2
    gauges.sent(_cleared_with(RAISED.id))
    assert registry.get_sample_value("groundswell_spike_active", labels) == 0


def _cleared_with(incident: str) -> SpikeCleared:
    return msgspec.structs.replace(_cleared("AAPL"), id=incident)


def test_keys_of_each_kind_are_shown() -> None:
    registry = CollectorRegistry()
    Gauges(Metrics(registry), most=2).show_keys({"company": 4, "pair": 2})
    shown = [
        registry.get_sample_value("groundswell_followed_keys", {"kind": kind}) for kind in ("company", "topic", "pair")
    ]
    assert shown == [4, 0, 2]


def test_the_budget_is_shown_by_watchlist_and_cohort() -> None:
    registry = CollectorRegistry()
    own = Watchlist(name="own", label=Label("Own", "自选"), companies=frozenset({"AAPL"}), alerts_per_day=0.25)
    cohort = "company/3"
    pool = Pool(watched={"all": 400, "own": 2}, tails={cohort: tail_before_history(cohort)})
    context = Context(Watchlists((EVERYTHING, own)), pool)
    Gauges(Metrics(registry), most=2).show_budget(context)
    budgets = [
        registry.get_sample_value("groundswell_alert_budget_per_day", {"watchlist": name}) for name in ("all", "own")
    ]
    assert budgets == [0.8, 0.25]
    raise_at = registry.get_sample_value("groundswell_raise_at", {"cohort": cohort})
    assert raise_at is not None
    assert context.rarity(cohort).p_value(raise_at) == pytest.approx(0.01)
    key_days = registry.get_sample_value("groundswell_tail_key_days", {"cohort": cohort})
    assert key_days == pool.tails[cohort].key_days()


def test_mere_volume_is_counted_and_shown_as_no_surge() -> None:
    registry = CollectorRegistry()
    gauges = Gauges(Metrics(registry), most=2)
    gauges.sent(msgspec.structs.replace(_raised("AAPL"), channel="volume"))
    assert registry.get_sample_value("groundswell_alerts_total", {"what": "raised", "kind": "volume"}) == 1
    assert registry.get_sample_value("groundswell_spike_active", {"kind": "company", "entity": "AAPL"}) is None
