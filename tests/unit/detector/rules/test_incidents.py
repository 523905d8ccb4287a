"""Incidents of business rules as `backtest` raises them: once an incident, cleared when no text fits any more."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from services.backtest.run import run_backtest
from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.domain.messages import Company, Evidence, IncidentCleared, IncidentRaised, ScoredText
from services.watchlists.model import EVERYTHING, Rule, Watchlist, Watchlists
from services.watchlists.quiet_hours import QuietHours
from tests.factories import HOUR, MINUTE, NEGATIVE, NEUTRAL, START, rule, scored

RULE = rule(severity=3)
NOON = 12 * 60


def of(number: int, minute: float, source: str, *, company: str = "ACME", p: float = 0.5) -> ScoredText:
    """A negative text that is `p` likely of a legal topic, `minute` minutes after noon."""
    at = START + 12 * HOUR + round(minute * MINUTE)
    return scored(number, at, NEGATIVE, company=company, source=source, topics={"legal": p})


def sent(texts: Iterable[ScoredText], *rules: Rule, watchlist: Watchlist = EVERYTHING) -> list[IncidentEvent]:
    """The incidents of rules on the texts; the day runs on to its end."""
    end = scored(999, START + 24 * HOUR, company="CALM")
    result = run_backtest([*texts, end], Context(Watchlists((watchlist,), rules or (RULE,))))
    return [message for message in result.messages if message.channel == "rule"]


def times(incidents: Iterable[IncidentEvent], kind: type[IncidentEvent]) -> list[float]:
    """Minutes after noon."""
    return [(incident.time - START) / MINUTE - NOON for incident in incidents if isinstance(incident, kind)]


def test_a_rule_raises_and_clears() -> None:
    texts = [of(1, 0.25, "a"), of(2, 30.5, "b")]
    raised = IncidentRaised(
        id="company:ACME@2014-08-01T12:31:00Z/legal-risk",
        channel="rule",
        rule="legal-risk",
        kind="company",
        entity="ACME",
        name="ACME",
        time=START + (NOON + 31) * MINUTE,
        severity=3,
        score=0.0,
        p_value=1.0,
        watchlists=("all",),
        quiet=False,
        observed=2.0,
        expected=0.0,
        texts=2.0,
        window_minutes=60,
        provisional=False,
        revision=0,
        evidence=tuple(
            Evidence(
                id=text.event_id,
                text=text.text,
                time=text.published_at,
                negative=0.9,
                source=text.source,
                url=None,
                reach=1,
            )
            for text in texts
        ),
    )
    cleared = IncidentCleared(
        id=raised.id,
        channel="rule",
        kind="company",
        entity="ACME",
        name="ACME",
        time=texts[1].published_at + HOUR,
        raised_at=raised.time,
        severity=3,
    )
    assert sent(texts) == [raised, cleared]


@pytest.mark.parametrize(
    "second",
    [
        of(2, 30, "a"),
        of(2, 60.1, "b"),
        of(2, 30, "b", p=0.49),
        of(2, 30, "b", company="BOLT"),
        msgspec.structs.replace(of(2, 30, "b"), topics={"macro": 0.9}),
        msgspec.structs.replace(of(2, 30, "b"), sentiment=NEUTRAL),
        msgspec.structs.replace(of(2, 30, "b"), lang="other"),
    ],
    ids=["same source", "too late", "topic below 0.5", "other company", "other topic", "neutral", "other language"],
)
def test_what_does_not_count(second: ScoredText) -> None:
    assert sent([of(1, 0, "a"), second]) == []


def test_a_stream_of_matches_is_one_incident() -> None:
    stream = [of(number, 20 * number, "ab"[number % 2]) for number in range(20)]
    incidents = sent(stream)
    assert times(incidents, IncidentRaised) == [21]
    assert times(incidents, IncidentCleared) == [20 * 19 + 60]


def test_one_text_that_fits_keeps_it_open_and_one_that_does_not_does_not() -> None:
    first = [of(1, 0, "a"), of(2, 10, "b")]
    assert times(sent([*first, of(3, 60, "a")]), IncidentCleared) == [120]
    assert times(sent([*first, of(3, 60, "c", p=0.4)]), IncidentCleared) == [70]


def test_after_it_was_cleared_the_next_one_is_an_incident_of_its_own() -> None:
    incidents = sent([of(1, 0, "a"), of(2, 10, "b"), of(3, 75, "a"), of(4, 80, "b")])
    assert times(incidents, IncidentRaised) == [11, 81]
    assert times(incidents, IncidentCleared) == [70, 140]
    assert len({incident.id for incident in incidents}) == 2


def test_a_rule_for_some_companies_leaves_the_others_alone() -> None:
    rule = msgspec.structs.replace(RULE, companies=frozenset({"BOLT"}))
    both = [
        of(10 * minute + n, minute, source, company=company)
        for minute, source in ((0, "a"), (10, "b"))
        for n, company in enumerate(("ACME", "BOLT"))
    ]
    assert [incident.entity for incident in sent(both, rule)] == ["BOLT", "BOLT"]
    assert [incident.entity for incident in sent(both)] == ["ACME", "BOLT", "ACME", "BOLT"]


def test_a_text_about_two_companies_counts_for_each() -> None:
    two = (Company(id="ACME", mention="Acme"), Company(id="BOLT", mention="Bolt"))
    incidents = sent(
        [of(1, 0, "a"), msgspec.structs.replace(of(2, 5, "b"), companies=two), of(3, 8, "c", company="BOLT")]
    )
    assert [
        (incident.entity, incident.time - START - 12 * HOUR)
        for incident in incidents
        if isinstance(incident, IncidentRaised)
    ] == [
        ("ACME", 6 * MINUTE),
        ("BOLT", 9 * MINUTE),
    ]


def test_a_company_that_nobody_follows_raises_nothing() -> None:
    bolt = msgspec.structs.replace(EVERYTHING, name="bolt", companies=frozenset({"BOLT"}))
    assert sent([of(1, 0, "a"), of(2, 5, "b")], watchlist=bolt) == []


def test_two_rules_raise_incidents_of_their_own() -> None:
    loose = msgspec.structs.replace(RULE, name="any", topics=None, sources=1, within_minutes=30, severity=1)
    incidents = sent([of(1, 0, "a"), of(2, 20, "b")], RULE, loose)
    raised = [incident for incident in incidents if isinstance(incident, IncidentRaised)]
    assert [(one.rule, one.severity, one.observed) for one in raised] == [
        ("any", 1, 1),
        ("legal-risk", 3, 2),
    ]
    assert times(incidents, IncidentCleared) == [50, 80]


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [
        (QuietHours(start=NOON, end=NOON + 60, timezone="UTC"), True),
        (QuietHours(start=NOON, end=NOON + 11, timezone="UTC"), False),  # raised at the end of its minute
        (QuietHours(start=20 * 60, end=21 * 60, timezone="Asia/Shanghai"), True),
        (QuietHours(start=NOON, end=NOON + 60, timezone="UTC", unless_severity=3), False),
        (QuietHours(start=NOON, end=NOON + 60, timezone="UTC", unless_severity=4), True),
    ],
)
def test_in_quiet_hours_it_is_marked_quiet(hours: QuietHours, quiet: bool) -> None:
    watchlist = msgspec.structs.replace(EVERYTHING, quiet_hours=hours)
    incident = sent([of(1, 0, "a"), of(2, 10, "b")], watchlist=watchlist)[0]
    assert isinstance(incident, IncidentRaised)
    assert incident.quiet is quiet
