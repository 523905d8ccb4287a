"""What monitoring sees, as metrics."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from services.detector.cohort import tail_before_history
from services.detector.context import Context
from services.detector.shared import SharedStatistics
from services.monitoring.metrics import MOST_TOPICS, MonitoringMetrics
from services.observability.metrics import Metrics
from services.watchlists.model import EVERYTHING, Watchlists
from tests.factories import HOUR, NEGATIVE, NEUTRAL, START, cleared, keyed_text, raised, scored, watchlist


def test_alerts_are_counted_by_what_they_are() -> None:
    registry = CollectorRegistry()
    gauges = MonitoringMetrics(Metrics(registry), companies=2)
    for message in (
        raised(severity=1),
        raised(severity=3, revision=1),
        cleared(raised()),
        raised(channel="volume"),
    ):
        gauges.sent(message)
    counted = [("raised", "company"), ("escalated", "company"), ("cleared", "company"), ("raised", "volume")]
    for what, kind in counted:
        assert registry.get_sample_value("groundswell_alerts_total", {"what": what, "kind": kind}) == 1


def test_alerts_of_a_day_are_those_of_a_day_of_event_time() -> None:
    registry = CollectorRegistry()
    gauges = MonitoringMetrics(Metrics(registry), companies=2)

    def of_day(kind: str) -> float | None:
        return registry.get_sample_value("groundswell_alerts_of_day", {"kind": kind})

    for hours in (0, 10, 30):
        gauges.sent(raised(time=START + hours * HOUR))
        gauges.passed(0, START + hours * HOUR)
    gauges.sent(raised(time=START + 30 * HOUR, revision=1))
    gauges.sent(raised(time=START + 30 * HOUR, channel="volume"))
    assert (of_day("company"), of_day("volume")) == (2, 1)
    gauges.passed(1, START + 34 * HOUR - 1)
    assert of_day("company") == 2
    gauges.passed(1, START + 34 * HOUR)
    assert of_day("company") == 1


def test_shares_are_those_of_the_last_hour_of_event_time() -> None:
    registry = CollectorRegistry()
    gauges = MonitoringMetrics(Metrics(registry), companies=2)
    texts = [(0, NEGATIVE), (HOUR, NEGATIVE), (HOUR + 1, NEUTRAL), (HOUR + 2, NEUTRAL), (HOUR + 3, NEUTRAL)]
    for number, (time, sentiment) in enumerate(texts):
        gauges.routed(scored(number, START + time, sentiment, topics={"earnings": 0.9}))
    gauges.show_trends()
    assert registry.get_sample_value("groundswell_documents_per_hour", {"topic": "earnings"}) == 4
    share = {"topic": "earnings", "sentiment": "negative"}
    assert registry.get_sample_value("groundswell_sentiment_share", share) == 0.25


def test_whatever_comes_topics_have_few_series() -> None:
    registry = CollectorRegistry()
    gauges = MonitoringMetrics(Metrics(registry), companies=2)
    for number in range(MOST_TOPICS + 50):
        gauges.routed(scored(number, START, NEGATIVE, topics={f"topic-{number}": 0.9, f"topic-{number + 1}": 0.9}))
    gauges.show_trends()
    topics = {s.labels["topic"] for family in registry.collect() for s in family.samples if "topic" in s.labels}
    assert len(topics) == MOST_TOPICS + 1
    assert registry.get_sample_value("groundswell_documents_per_hour", {"topic": "other"}) == 51


def test_keys_of_each_kind_are_shown() -> None:
    registry = CollectorRegistry()
    MonitoringMetrics(Metrics(registry), companies=2).show_keys({"company": 4, "pair": 2})
    shown = [
        registry.get_sample_value("groundswell_followed_keys", {"kind": kind}) for kind in ("company", "topic", "pair")
    ]
    assert shown == [4, 0, 2]


def test_the_budget_is_shown_by_watchlist_and_cohort() -> None:
    registry = CollectorRegistry()
    own = watchlist("AAPL", alerts_per_day=0.25)
    cohort = "company/3"
    shared = SharedStatistics(watched={"all": 400, "own": 2}, tails={cohort: tail_before_history(cohort)})
    context = Context(Watchlists((EVERYTHING, own)), shared)
    MonitoringMetrics(Metrics(registry), companies=2).show_budget(context)
    budgets = [
        registry.get_sample_value("groundswell_alert_budget_per_day", {"watchlist": name}) for name in ("all", "own")
    ]
    assert budgets == [0.8, 0.25]
    raise_at = registry.get_sample_value("groundswell_raise_at", {"cohort": cohort})
    assert raise_at is not None
    assert context.rarity(cohort).p_value(raise_at) == pytest.approx(0.01)
    key_days = registry.get_sample_value("groundswell_tail_key_days", {"cohort": cohort})
    assert key_days == shared.tails[cohort].key_days()


def test_companies_have_series_while_they_are_shown() -> None:
    registry = CollectorRegistry()
    gauges = MonitoringMetrics(Metrics(registry), companies=1)
    for number in range(3):
        gauges.put(keyed_text(number, START + number, NEGATIVE, "company:AAPL"), in_time=True)
    gauges.put(keyed_text(9, START, NEGATIVE, "topic:earnings"), in_time=True)
    gauges.show_companies()

    def texts(company: str) -> float | None:
        return registry.get_sample_value("groundswell_company_texts_per_hour", {"company": company})

    assert (texts("AAPL"), texts("earnings")) == (3, None)
    assert registry.get_sample_value("groundswell_company_negative_share", {"company": "AAPL"}) == 1
    gauges.put(keyed_text(10, START + 2 * HOUR, NEUTRAL, "company:MSFT"), in_time=True)
    gauges.show_companies()
    assert (texts("AAPL"), texts("MSFT")) == (None, 1)
