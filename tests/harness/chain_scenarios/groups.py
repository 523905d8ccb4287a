"""Many messages of which few people should hear: a score that flaps, and ten thousand companies at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event

from services.alerting.notify.labels import SURGE_GROUP
from services.clock import now_ms
from services.domain.messages import IncidentCleared, IncidentRaised
from tests.factories import HOUR, cleared, market_wide
from tests.harness.chain import Chain, chain
from tests.harness.chain_scenarios.flapping_stream import flapping
from tests.harness.chain_scenarios.row import WITHIN_SECONDS, Durations, Row, Story
from tests.harness.relay_driver import companies
from tests.harness.support import wait_until

COMPANIES = 10_000
MOST_SERIES = 50 + 2
"""GROUNDSWELL_ENTITY_SERIES, the others of the kind together, and the market-wide one."""
MOST_ALERTS = 200
MARKET = market_wide()


def flapping_where_it_raises(folder: Path, durations: Durations) -> Row:
    """The score goes over and under the line that raises."""
    return _flapping(folder, durations, 1.0, "the line that raises")


def flapping_where_it_clears(folder: Path, durations: Durations) -> Row:
    """The score goes over and under the line below which an alert may clear."""
    return _flapping(folder, durations, 0.5, "the line that clears")


def crash_then_market(folder: Path, durations: Durations) -> Row:
    """All companies, then the market-wide alert, then all of it is over."""
    crash = companies(COMPANIES)
    with chain(folder, quick=durations.quick) as it:
        story = _crash_story(it, "then the market-wide alert; all cleared", at_most=3)
        sent_at = now_ms()
        it.send(*crash)
        story.row.facts["seconds to send"] = (now_ms() - sent_at) / 1000
        story.arrives("group", "firing storm:company critical", since=sent_at)
        _wait_until_reduced(story, sent_at)
        market_at = now_ms()
        it.send(MARKET)
        story.arrives("market-wide", "firing market:company high", since=market_at)
        Event().wait(durations.market_wide)
        story.promise(SURGE_GROUP not in _active(it), "the market-wide alert stands in for the group")
        return _all_over(story, crash)


def market_then_crash(folder: Path, durations: Durations) -> Row:
    """The market-wide alert first, then the rest of the companies."""
    crash = companies(COMPANIES)
    with chain(folder, quick=durations.quick) as it:
        story = _crash_story(it, "after the market-wide alert; all cleared", at_most=2)
        sent_at = now_ms()
        it.send(MARKET, *crash)
        story.row.facts["seconds to send"] = (now_ms() - sent_at) / 1000
        story.arrives("market-wide", "firing market:company high", since=sent_at)
        _wait_until_reduced(story, sent_at)
        return _all_over(story, crash)


def _flapping(folder: Path, durations: Durations, part: float, line: str) -> Row:
    messages, crossings = flapping(part)
    with chain(folder, quick=durations.quick) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(it, f"the score of ACME crosses {line} {crossings} times in an hour", at_most=2)
        sent_at = []
        for before, message in zip([messages[0], *messages], messages, strict=False):
            Event().wait((message.time - before.time) / HOUR * durations.flapping_hour)
            sent_at.append(now_ms())
            it.send(message)
        story.arrives("raise", "firing ACME info", since=sent_at[0])
        story.arrives("end", "resolved ACME info", since=sent_at[-1])
        row = story.end()
        row.facts["messages on alerts"] = len(messages)
        return row


def _crash_story(it: Chain, how: str, at_most: int) -> Story:
    it.relay.start()
    it.relay.wait_until_it_delivers()
    return Story(it, f"{COMPANIES} companies within seconds, {how}", at_most)


def _wait_until_reduced(story: Story, sent_at: int) -> None:
    """Wait until the relay knows all of them; note what it shows, and what Alertmanager holds meanwhile."""
    relay, most_series, most_alerts = story.chain.relay, 0, 0

    def reduced() -> bool:
        nonlocal most_series, most_alerts
        most_series = max(most_series, relay.series("incident_severity"))
        most_alerts = max(most_alerts, len(_active(story.chain)))
        return relay.value("incidents_open", channel="negative") == COMPANIES

    wait_until(reduced, WITHIN_SECONDS, "all incidents are open")
    story.row.facts |= {
        "seconds until all are open": (now_ms() - sent_at) / 1000,
        "series": most_series,
        "alerts held": most_alerts,
    }
    story.promise(0 < most_series <= MOST_SERIES, f"at most {MOST_SERIES} series, were {most_series}")
    story.promise(most_alerts <= MOST_ALERTS, f"at most {MOST_ALERTS} alerts at Alertmanager, were {most_alerts}")


def _all_over(story: Story, crash: Sequence[IncidentRaised]) -> Row:
    """Clear everything; the market-wide alert's end arrives."""
    ends: list[IncidentCleared] = [*map(cleared, crash), cleared(MARKET)]
    ended_at = now_ms()
    story.chain.send(*ends)
    story.arrives("market-wide end", "resolved market:company high", since=ended_at)
    relay = story.chain.relay
    wait_until(lambda: relay.value("incidents_open", channel="negative") == 0, WITHIN_SECONDS, "all are over")
    wait_until(lambda: _active(story.chain) == [], WITHIN_SECONDS, "Alertmanager holds nothing")
    return story.end()


def _active(it: Chain) -> list[str]:
    """The names of the alerts that Alertmanager holds."""
    return [alert["labels"]["alertname"] for alert in it.alertmanager.firing()]
