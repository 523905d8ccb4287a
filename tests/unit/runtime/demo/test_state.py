"""What the demo counts."""

from __future__ import annotations

from typing import Any

from services.domain.event_time import DAY_MS
from services.domain.incident import is_open
from services.domain.messages import DeadLetter, IncidentRaised, Origin, ScoredText, Stage
from services.runtime.demo.state import DemoState
from tests.factories import START, cleared, dead_letter, raised, scored

BAD, NEUTRAL, GOOD = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)


def text(number: int, sentiment: tuple[float, float, float], company: str = "AAPL", at: int = START) -> ScoredText:
    return scored(number, at, sentiment, company=company, topics={"legal": 0.9})


def letter(stage: Stage, offset: int | None, payload: bytes = b"x") -> DeadLetter:
    origin = None if offset is None else Origin(topic="news.raw", partition=0, offset=offset)
    return dead_letter(stage=stage, origin=origin, payload=payload)


def incident(name: str, time: int, **changes: Any) -> IncidentRaised:
    return raised(**({"id": name, "time": time, "severity": 1} | changes))


def test_copies_count_once() -> None:
    state = DemoState()
    for message in (text(1, BAD), text(1, BAD), text(2, GOOD), letter("scoring", 3), letter("scoring", 3)):
        state.see(message, 0.0)
    assert (state.scored, state.dead) == (2, 1)


def test_dead_letters_of_monitoring_are_scored_texts_and_not_counted_again() -> None:
    state = DemoState()
    for message in (
        letter("monitoring", 1),
        letter("ingest", None, b"1"),
        letter("ingest", None, b"2"),
        letter("scoring", 1),
    ):
        state.see(message, 0.0)
    assert state.dead == 3


def test_the_most_talked_about_come_first_with_their_sentiments() -> None:
    state = DemoState()
    for number, sentiment in enumerate((BAD, BAD, NEUTRAL, GOOD)):
        state.see(text(number, sentiment), 0.0)
    state.see(text(9, GOOD, company="FB"), 0.0)
    assert state.most("company", 5) == [("AAPL", (2, 1, 1)), ("FB", (0, 0, 1))]
    assert state.most("company", 1) == [("AAPL", (2, 1, 1))]
    assert state.most("topic", 5) == [("legal", (2, 1, 2))]


def test_texts_leave_the_window_after_seven_days_of_event_time() -> None:
    state = DemoState()
    state.see(text(1, BAD), 0.0)
    state.see(text(2, GOOD, company="FB", at=START + 7 * DAY_MS + 1), 0.0)
    assert state.most("company", 5) == [("FB", (0, 0, 1))]
    assert state.clock == START + 7 * DAY_MS + 1


def test_the_rate_is_over_five_seconds_of_wall_time() -> None:
    state = DemoState()
    for number in range(10):
        state.see(text(number, BAD), wall=100.0 + number)
    assert state.rate(109.0) == 6 / 5
    assert state.rate(200.0) == 0.0


def test_newest_incident_first_with_its_latest_revision() -> None:
    state = DemoState()
    for message in (
        incident("one", 10),
        incident("two", 20),
        incident("one", 30, revision=1, severity=3),
        cleared(incident("two", 10), time=40),
    ):
        state.see(message, 0.0)
    latest = state.latest_incidents()
    assert [(one.raised.id, one.raised.severity) for one in latest] == [("two", 1), ("one", 3)]
    assert len(state.incidents) == 2
    assert {one.raised.id for one in latest if is_open(one)} == {"one"}


def test_a_raise_or_an_end_that_comes_again_changes_nothing() -> None:
    state = DemoState()
    first, worse, end = (
        incident("one", 10),
        incident("one", 30, revision=1, severity=3),
        cleared(incident("one", 10), time=40),
    )
    for message in (first, worse, end):
        state.see(message, 0.0)
    (before,) = state.latest_incidents()
    for copy in (first, worse, end):
        state.see(copy, 0.0)
    (after,) = state.latest_incidents()
    assert after == before
    assert (after.raised, after.first_at, after.cleared) == (worse, 10, end)
    assert state.raises == [first, worse]


def test_the_end_of_what_was_never_raised_shows_nothing() -> None:
    state = DemoState()
    state.see(cleared(incident("one", 10), time=40), 0.0)
    assert state.latest_incidents() == []


def test_a_reopened_incident_is_open() -> None:
    state = DemoState()
    for message in (incident("one", 10), cleared(incident("one", 10), time=40), incident("one", 50, revision=1)):
        state.see(message, 0.0)
    (record,) = state.latest_incidents()
    assert is_open(record)
    assert (record.first_at, record.raised.time) == (10, 50)


def test_the_worst_is_the_most_severe_then_the_least_likely() -> None:
    state = DemoState()
    assert state.worst_incident() is None
    for message in (
        incident("mild", 10, severity=1, p_value=1e-9),
        incident("bad", 20, severity=3, p_value=1e-3),
        incident("worst", 30, severity=3, p_value=1e-5),
        incident("late", 40, severity=2, p_value=1e-7),
    ):
        state.see(message, 0.0)
    worst = state.worst_incident()
    assert worst is not None
    assert worst.raised.id == "worst"
