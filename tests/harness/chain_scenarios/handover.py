"""Who notifies of a surge: the relay where it has an Alertmanager, Prometheus's own rule where it has none."""

from __future__ import annotations

from pathlib import Path

from services.clock import now_ms
from tests.harness.chain import chain
from tests.harness.chain_scenarios.delivery import AAPL, whole_incident
from tests.harness.chain_scenarios.row import WITHIN_SECONDS, Durations, Row, Story
from tests.harness.support import wait_until


def prometheus_takes_over(folder: Path, durations: Durations) -> Row:
    """Without an Alertmanager set for the relay, Prometheus's own rule notifies."""
    with chain(folder, quick=durations.quick, relay_delivers=False, prometheus=True) as it:
        it.relay.start()
        story = Story(it, "the relay has no Alertmanager: Prometheus notifies; raised, escalated, cleared", at_most=3)
        return whole_incident(it, story)


def notified_once(folder: Path, durations: Durations) -> Row:
    """While the relay delivers, Prometheus sees the incident and says nothing."""
    with chain(folder, quick=durations.quick, prometheus=True) as it:
        assert it.prometheus is not None
        api = it.prometheus.api
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(it, "relay and Prometheus both have the Alertmanager: only the relay notifies", at_most=1)
        raised_at = now_ms()
        it.send(AAPL)
        story.arrives("raise", "firing AAPL warning", since=raised_at)
        seen = 'count_over_time(groundswell_incident_severity{entity="AAPL"}[1h]) >= 5'
        wait_until(lambda: api.values(seen), WITHIN_SECONDS, "Prometheus has seen the surge five times")
        row = story.end()
        own = len(api.values('max_over_time(ALERTS{alertname="OpinionSurge"}[1h])'))
        story.promise(own == 0, "Prometheus's own OpinionSurge does not fire")
        watched = api.values('ALERTS{alertname="Watchdog"}')
        story.promise(watched == [1.0], "Prometheus's rules are evaluated")
        return row
