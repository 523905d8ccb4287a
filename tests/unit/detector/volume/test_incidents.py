"""The volume channel as `backtest` raises it: only where it is asked for, cleared an hour after the last of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import pytest

from services.backtest.run import run_backtest
from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.detector.volume.incidents import threshold_of
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, ScoredText
from services.watchlists.model import EVERYTHING, Watchlists
from services.watchlists.quiet_hours import QuietHours
from tests.factories import DAY, HOUR, MINUTE, START, scored
from tests.harness.streams import in_order

ASKED = msgspec.structs.replace(EVERYTHING, volume_alerts_per_100_keys=20.0)
AT = START + 10 * DAY


def calm() -> list[ScoredText]:
    """Ten days of two neutral texts an hour."""
    return [scored(n, START + n * 30 * MINUTE + 10 * MINUTE) for n in range(10 * 48)]


def rush(minutes: int, every: float, at: int = AT) -> list[ScoredText]:
    """Neutral texts, one each `every` minutes."""
    count = round(minutes / every)
    return [scored((at - START) // MINUTE * 10 + n, at + round(n * every * MINUTE)) for n in range(count)]


def sent(*parts: Iterable[ScoredText], lists: Watchlists | None = None) -> list[IncidentEvent]:
    """All incidents; the stream runs on for twelve hours."""
    end = scored(0, AT + 12 * HOUR, company="CALM")
    return run_backtest(in_order(calm(), *parts, [end]), Context(lists or Watchlists((ASKED,)))).messages


@pytest.mark.parametrize(
    ("budget", "score"), [(26.0, 0.0), (2.6, 1.0), (0.26, 2.0), (0.2, 2.113943), (0.005, 3.716003)]
)
def test_the_score_for_a_budget(budget: float, score: float) -> None:
    assert threshold_of(budget) == pytest.approx(score, abs=1e-6)


def test_nothing_where_nobody_asks() -> None:
    assert sent(rush(180, 3), lists=Watchlists()) == []
    other = msgspec.structs.replace(ASKED, name="other", companies=frozenset({"BOLT"}))
    assert sent(rush(180, 3), lists=Watchlists((EVERYTHING, other))) == []


def test_the_usual_volume_raises_nothing() -> None:
    assert sent(rush(180, 30)) == []


def test_ten_times_the_volume_of_neutral_texts_raises_one_incident_of_its_channel() -> None:
    incidents = sent(rush(180, 3))
    assert [(type(incident), incident.channel) for incident in incidents] == [
        (IncidentRaised, "volume"),
        (IncidentCleared, "volume"),
    ]
    raised, cleared = incidents
    assert isinstance(raised, IncidentRaised)
    assert (raised.kind, raised.entity, raised.watchlists) == ("company", "ACME", ("all",))
    assert AT < raised.time <= AT + 90 * MINUTE
    assert raised.time % (5 * MINUTE) == 0
    assert raised.id == f"company:ACME@2014-08-11T00:{(raised.time - AT) // MINUTE:02}:00Z/volume"
    assert raised.threshold == threshold_of(0.2)
    assert raised.score >= raised.threshold
    assert raised.p_value == pytest.approx(26 * 10**-raised.score)
    assert (raised.severity, raised.revision, raised.evidence) == (1, 0, ())
    assert AT + 3 * HOUR + HOUR <= cleared.time <= AT + 8 * HOUR


def test_it_tells_of_all_texts_of_four_hours() -> None:
    first, too_old = rush(1, 1, at=AT + 6 * MINUTE - 4 * HOUR), rush(1, 1, at=AT + 4 * MINUTE - 4 * HOUR)
    raised = sent(too_old, first, rush(5, 0.25))[0]
    assert isinstance(raised, IncidentRaised)
    assert raised.time == AT + 5 * MINUTE
    assert raised.window_minutes == 240
    assert raised.observed == raised.texts == 20 + 8 + 1
    assert raised.expected == pytest.approx(8, rel=0.1)


def test_it_clears_an_hour_after_the_last_unusual_five_minutes() -> None:
    raised, cleared = sent(rush(5, 0.25))
    assert cleared == IncidentCleared(
        id=raised.id,
        channel="volume",
        kind="company",
        entity="ACME",
        name="ACME",
        time=AT + 65 * MINUTE,
        raised_at=AT + 5 * MINUTE,
        severity=1,
    )


def test_more_within_the_hour_keeps_it_open_and_later_is_a_new_incident() -> None:
    incidents = sent(rush(5, 0.25), rush(5, 0.25, at=AT + 60 * MINUTE), rush(5, 0.2, at=AT + 6 * HOUR))
    assert [(type(incident), (incident.time - AT) // MINUTE) for incident in incidents] == [
        (IncidentRaised, 5),
        (IncidentCleared, 125),
        (IncidentRaised, 365),
        (IncidentCleared, 425),
    ]
    assert len({incident.id for incident in incidents}) == 2


def test_a_smaller_budget_asks_for_more() -> None:
    rare = msgspec.structs.replace(ASKED, volume_alerts_per_100_keys=1e-6)
    assert sent(rush(60, 5), lists=Watchlists((rare,))) == []
    insensitive = msgspec.structs.replace(ASKED, sensitivity={MonitoredKey.of_company("ACME"): 0.1})
    raised = sent(rush(5, 0.25), lists=Watchlists((insensitive,)))[0]
    assert isinstance(raised, IncidentRaised)
    assert raised.threshold == pytest.approx(threshold_of(0.02))


def test_an_open_incident_clears_when_nobody_asks_any_more() -> None:
    context = Context(Watchlists((ASKED,)))

    def texts(until: int) -> Iterator[ScoredText]:
        for text in in_order(calm(), rush(50, 0.25), [scored(0, AT + 12 * HOUR, company="CALM")]):
            if text.published_at >= until:
                context.watchlists = Watchlists()
            yield text

    raised, cleared = run_backtest(texts(AT + 20 * MINUTE), context).messages
    assert (raised.time, cleared.time) == (AT + 5 * MINUTE, AT + 75 * MINUTE)
    assert cleared.id == raised.id


@pytest.mark.parametrize(("end", "quiet"), [(60, True), (5, False)])
def test_in_quiet_hours_it_is_marked_quiet(end: int, quiet: bool) -> None:
    hours = QuietHours(start=0, end=end, timezone="UTC")
    raised = sent(rush(5, 0.25), lists=Watchlists((msgspec.structs.replace(ASKED, quiet_hours=hours),)))[0]
    assert isinstance(raised, IncidentRaised)
    assert raised.quiet is quiet
