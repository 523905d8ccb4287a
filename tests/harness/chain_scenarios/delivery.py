"""Nothing fails, or only the relay: a whole incident, a brief one, a first one, and the relay killed in between."""

from __future__ import annotations

from pathlib import Path

from services.clock import now_ms
from tests.factories import HOUR, TIME, cleared
from tests.harness.chain import Chain, chain
from tests.harness.chain_scenarios.row import Durations, Row, Story
from tests.harness.relay_driver import company

AAPL = company("AAPL")
WORSE = company("AAPL", revision=1, severity=4, time=TIME + HOUR)


def raise_escalate_clear(folder: Path, durations: Durations) -> Row:
    """A whole incident."""
    with chain(folder, quick=durations.quick) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(it, "raised, escalated, cleared", at_most=3)
        return whole_incident(it, story)


def whole_incident(it: Chain, story: Story) -> Row:
    """Raise, escalate and clear, each once what came before it has arrived."""
    raised_at = now_ms()
    it.send(AAPL)
    story.arrives("raise", "firing AAPL warning", since=raised_at)
    escalated_at = now_ms()
    it.send(WORSE)
    story.arrives("escalation", "firing AAPL critical", "resolved AAPL warning", since=escalated_at)
    cleared_at = now_ms()
    it.send(cleared(WORSE))
    story.arrives("end", "resolved AAPL critical", since=cleared_at)
    return story.end()


def brief_spike(folder: Path, durations: Durations) -> Row:
    """A spike that no scrape sees."""
    with chain(folder, quick=durations.quick) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(it, "raised and cleared within milliseconds", at_most=2)
        sent_at = now_ms()
        it.send(AAPL, cleared(AAPL))
        story.arrives("raise", "firing AAPL warning", since=sent_at)
        story.arrives("end", "resolved AAPL warning", since=sent_at)
        return story.end()


def first_ever(folder: Path, durations: Durations) -> Row:
    """The first alerts that relay and Alertmanager ever see, one of them before the relay's first start."""
    with chain(folder, quick=durations.quick) as it:
        story = Story(it, "a fresh relay and an empty Alertmanager: the first spikes ever of two companies", at_most=2)
        it.send(company("NEWCO", provisional=True))
        started_at = now_ms()
        it.relay.start()
        story.arrives("raise before the relay's first start", "firing NEWCO warning", since=started_at)
        raised_at = now_ms()
        it.send(company("NEXTCO", provisional=True))
        story.arrives("raise", "firing NEXTCO warning", since=raised_at)
        return story.end()


def relay_killed(folder: Path, durations: Durations) -> Row:
    """Of three incidents that were notified, one ends and one gets worse while the relay is down; a fourth begins."""
    with chain(folder, quick=durations.quick) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(it, "relay killed; meanwhile one alert clears, one escalates, one is raised", at_most=7)
        raised_at = now_ms()
        it.send(AAPL, company("MSFT"), company("TSLA"))
        raises = ("firing AAPL warning", "firing MSFT warning", "firing TSLA warning")
        story.arrives("raises before", *raises, since=raised_at)
        it.relay.kill()
        it.send(cleared(company("MSFT")), WORSE, company("NVDA"))
        back_at = now_ms()
        it.relay.start()
        story.arrives("raise meanwhile", "firing NVDA warning", since=back_at)
        story.arrives("escalation meanwhile", "firing AAPL critical", "resolved AAPL warning", since=back_at)
        story.arrives("end meanwhile", "resolved MSFT warning", since=back_at)
        cleared_at = now_ms()
        it.send(cleared(WORSE))
        story.arrives("end", "resolved AAPL critical", since=cleared_at)
        row = story.end()
        story.promise(row.repeats == 0, f"what was notified is not notified again, came again: {row.repeats}")
        return row
