"""What happened to incidents, from the messages on `alerts`."""

from __future__ import annotations

from services.alerting.incidents.history import Happened, History
from tests.factories import ESCALATED, HOUR, MINUTE, TIME, cleared, raised, record_of

RAISED = raised()
ID = RAISED.id


def test_each_message_is_a_step_and_copies_are_none() -> None:
    history = History()
    over = cleared(RAISED, severity=4, score=4.0, p_value=1e-7)
    again = raised(revision=2, time=TIME + 6 * HOUR, severity=4)
    last = cleared(RAISED, 8 * HOUR)
    steps = [(history.apply(each), history.apply(each)) for each in (RAISED, ESCALATED, over, again, last)]
    assert steps == [(step, None) for step in ("raised", "escalated", "cleared", "reopened", "cleared")]
    assert [history.apply(each) for each in (RAISED, ESCALATED, over, again, last)] == [None] * 5
    assert history.steps[ID] == [
        Happened("raised", TIME, 2, 1.25, 3e-4),
        Happened("escalated", TIME + 30 * MINUTE, 4, 3.5, 2.1e-6),
        Happened("cleared", TIME + 4 * HOUR, 4, 4.0, 1e-7),
        Happened("reopened", TIME + 6 * HOUR, 4, 1.25, 3e-4),
        Happened("cleared", TIME + 8 * HOUR, 2, 1.25, 3e-4),
    ]
    record = history.records[ID]
    assert (record.first_at, record.raised, record.score, record.p_value) == (TIME, again, 4.0, 1e-7)
    assert record.cleared == last


def test_a_record_that_is_behind_is_brought_up_to_date_and_its_steps_are_still_told() -> None:
    history = History()
    history.load(record_of(RAISED))
    assert [history.apply(message) for message in (RAISED, ESCALATED)] == ["raised", "escalated"]
    assert history.records[ID] == record_of(RAISED, ESCALATED)


def test_a_record_says_what_the_topic_has_forgotten() -> None:
    history = History()
    history.load(record_of(RAISED, ESCALATED))
    assert history.apply(cleared(ESCALATED)) is None
    assert history.records[ID] == record_of(RAISED, ESCALATED, cleared(ESCALATED))
    assert history.steps[ID] == []


def test_the_end_of_what_was_never_raised_is_nothing() -> None:
    history = History()
    assert history.apply(cleared(RAISED)) is None
    assert (history.records, dict(history.steps)) == ({}, {})
