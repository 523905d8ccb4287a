"""Incidents as messages: what every channel says of a key, and what it found."""

from __future__ import annotations

import pytest

from services.detector.context import Context
from services.detector.incident_events import Detection, cleared, raised
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised
from services.watchlists.model import EVERYTHING, Watchlists
from services.watchlists.quiet_hours import QuietHours
from tests.factories import HOUR, START, evidence, watchlist

PAIR = MonitoredKey.of_pair("fraud", "AAPL")
NIGHT = QuietHours(start=0, end=6 * 60, timezone="UTC", unless_severity=3)
FRAUD = watchlist(name="fraud", pairs=frozenset({PAIR}), alerts_per_day=1.0, quiet_hours=NIGHT)
CONTEXT = Context(Watchlists((EVERYTHING, FRAUD)), names={"AAPL": "Apple 苹果"})
EVIDENCE = evidence(reach=2)
DETECTION = Detection(
    channel="rule",
    rule="legal",
    score=1.5,
    p_value=1e-4,
    threshold=1.2,
    observed=8.0,
    expected=0.5,
    texts=9.0,
    window_minutes=60,
    provisional=True,
    evidence=(EVIDENCE,),
    timeline=(1.0, 7.0),
)


def test_a_raise_says_what_was_found_who_follows_the_key_and_what_it_is_called() -> None:
    assert raised(PAIR, DETECTION, CONTEXT, id="i", at=START + HOUR, severity=2, revision=3) == IncidentRaised(
        id="i",
        channel="rule",
        rule="legal",
        kind="pair",
        entity="fraud|AAPL",
        name="fraud of Apple 苹果",
        time=START + HOUR,
        severity=2,
        score=1.5,
        p_value=1e-4,
        threshold=1.2,
        watchlists=("fraud",),
        quiet=True,
        observed=8.0,
        expected=0.5,
        texts=9.0,
        window_minutes=60,
        provisional=True,
        revision=3,
        evidence=(EVIDENCE,),
        timeline=(1.0, 7.0),
    )


@pytest.mark.parametrize(
    ("key", "at", "severity", "quiet"),
    [
        (PAIR, START + HOUR, 3, False),  # severe enough to wake somebody
        (PAIR, START + 6 * HOUR, 2, False),
        (MonitoredKey.of_company("AAPL"), START + HOUR, 1, False),  # a list without quiet hours
        (MonitoredKey.of_pair("fraud", "MSFT"), START + HOUR, 1, False),  # nobody follows it
    ],
)
def test_it_is_quiet_only_when_all_who_follow_the_key_are(
    key: MonitoredKey, at: int, severity: int, quiet: bool
) -> None:
    assert raised(key, DETECTION, CONTEXT, id="i", at=at, severity=severity).quiet is quiet


def test_a_clearing_says_of_which_incident_it_is_the_end() -> None:
    message = cleared(PAIR, "volume", CONTEXT, id="i", at=START + 2 * HOUR, raised_at=START, severity=1)
    assert message == IncidentCleared(
        id="i",
        channel="volume",
        kind="pair",
        entity="fraud|AAPL",
        name="fraud of Apple 苹果",
        time=START + 2 * HOUR,
        raised_at=START,
        severity=1,
    )
