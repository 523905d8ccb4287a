"""What the demo counts."""

from __future__ import annotations

from services.domain.event_time import DAY_MS
from services.domain.incident import is_open
from services.domain.messages import Company, DeadLetter, Evidence, IncidentCleared, IncidentRaised, Origin, ScoredText
from services.runtime.demo.state import DemoState

START = 1_409_745_600_000
BAD, NEUTRAL, GOOD = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)


def scored(name: str, sentiment: tuple[float, float, float], company: str = "AAPL", at: int = START) -> ScoredText:
    return ScoredText(
        event_id=name, kind="comment", source="s", text=name, lang="en", published_at=at, first_seen_at=at,
        scored_at=at, author=None, title=None, url=None, sentiment=sentiment, topics={"legal": 0.9},
        companies=(Company(id=company, mention=company),), fingerprint=0, model_version="m/1",
    )  # fmt: skip


def dead(stage: str, offset: int | None, payload: bytes = b"x") -> DeadLetter:
    origin = None if offset is None else Origin(topic="news.raw", partition=0, offset=offset)
    return DeadLetter(
        reason="invalid_json", detail="", stage=stage, origin=origin, time=0, payload=payload, payload_bytes=1  # type: ignore[arg-type]
    )  # fmt: skip


def raised(name: str, time: int, revision: int = 0, severity: int = 1) -> IncidentRaised:
    piece = Evidence(id="t", text="the text", time=time, negative=0.9, source="s", url=None, reach=1)
    return IncidentRaised(
        id=name, kind="company", entity="AAPL", name="Apple", time=time, severity=severity, score=0.9, observed=9,
        expected=1.0, texts=12, window_minutes=60, provisional=False, revision=revision, evidence=(piece,),
    )  # fmt: skip


def cleared(name: str, time: int) -> IncidentCleared:
    return IncidentCleared(id=name, kind="company", entity="AAPL", name="Apple", time=time, raised_at=10, severity=1)


def test_copies_count_once() -> None:
    state = DemoState()
    for message in (scored("a", BAD), scored("a", BAD), scored("b", GOOD), dead("scoring", 3), dead("scoring", 3)):
        state.see(message, 0.0)
    assert (state.scored, state.dead) == (2, 1)


def test_dead_letters_of_monitoring_are_scored_texts_and_not_counted_again() -> None:
    state = DemoState()
    for message in (dead("monitoring", 1), dead("ingest", None, b"1"), dead("ingest", None, b"2"), dead("scoring", 1)):
        state.see(message, 0.0)
    assert state.dead == 3


def test_the_most_talked_about_come_first_with_their_sentiments() -> None:
    state = DemoState()
    for number, sentiment in enumerate((BAD, BAD, NEUTRAL, GOOD)):
        state.see(scored(f"a{number}", sentiment), 0.0)
    state.see(scored("f", GOOD, company="FB"), 0.0)
    assert state.most("company", 5) == [("AAPL", (2, 1, 1)), ("FB", (0, 0, 1))]
    assert state.most("company", 1) == [("AAPL", (2, 1, 1))]
    assert state.most("topic", 5) == [("legal", (2, 1, 2))]


def test_texts_leave_the_window_after_seven_days_of_event_time() -> None:
    state = DemoState()
    state.see(scored("old", BAD), 0.0)
    state.see(scored("new", GOOD, company="FB", at=START + 7 * DAY_MS + 1), 0.0)
    assert state.most("company", 5) == [("FB", (0, 0, 1))]
    assert state.clock == START + 7 * DAY_MS + 1


def test_the_rate_is_over_five_seconds_of_wall_time() -> None:
    state = DemoState()
    for number in range(10):
        state.see(scored(str(number), BAD), wall=100.0 + number)
    assert state.rate(109.0) == 6 / 5
    assert state.rate(200.0) == 0.0


def test_newest_incident_first_with_its_latest_revision() -> None:
    state = DemoState()
    for message in (
        raised("one", 10),
        raised("two", 20),
        raised("one", 30, revision=1, severity=3),
        cleared("two", 40),
    ):
        state.see(message, 0.0)
    latest = state.latest_incidents(5)
    assert [(one.raised.id, one.raised.severity) for one in latest] == [("two", 1), ("one", 3)]
    assert len(state.incidents) == 2
    assert {one.raised.id for one in latest if is_open(one)} == {"one"}


def test_a_raise_or_an_end_that_comes_again_changes_nothing() -> None:
    state = DemoState()
    first, worse, end = raised("one", 10), raised("one", 30, revision=1, severity=3), cleared("one", 40)
    for message in (first, worse, end):
        state.see(message, 0.0)
    (before,) = state.latest_incidents(5)
    for copy in (first, worse, end):
        state.see(copy, 0.0)
    (after,) = state.latest_incidents(5)
    assert after == before
    assert (after.raised, after.first_at, after.cleared) == (worse, 10, end)
    assert state.raises == [first, worse]


def test_the_end_of_what_was_never_raised_shows_nothing() -> None:
    state = DemoState()
    state.see(cleared("one", 40), 0.0)
    assert state.latest_incidents(5) == []


def test_a_reopened_incident_is_open() -> None:
    state = DemoState()
    for message in (raised("one", 10), cleared("one", 40), raised("one", 50, revision=1)):
        state.see(message, 0.0)
    (record,) = state.latest_incidents(5)
    assert is_open(record)
    assert (record.first_at, record.raised.time) == (10, 50)
