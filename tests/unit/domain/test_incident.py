"""One reduction of messages to incidents: the same record from any order of messages and any copies."""

from __future__ import annotations

from itertools import permutations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.domain.incident import is_open, rank, reduce_incident, reduce_incidents
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from tests.factories import ESCALATED, HOUR, TIME, cleared, raised

REOPENED = raised(revision=2, time=TIME + 5 * HOUR, severity=4, score=2.0, p_value=1e-4)
ENDED = cleared(ESCALATED, 3 * HOUR, score=3.6, p_value=1e-6)
ENDED_AGAIN = cleared(REOPENED, 2 * HOUR, score=3.6, p_value=1e-6)
STORY: tuple[IncidentRaised | IncidentCleared, ...] = (raised(), ESCALATED, ENDED, REOPENED, ENDED_AGAIN)


def record_of(*messages: IncidentRaised | IncidentCleared) -> IncidentRecord:
    (record,) = reduce_incidents(messages)
    return record


def test_the_first_raise_opens_an_incident() -> None:
    assert record_of(raised()) == IncidentRecord(raised=raised(), first_at=TIME, score=1.25, p_value=3e-4)
    assert is_open(record_of(raised()))


def test_an_escalation_counts_and_the_time_of_the_first_raise_stays() -> None:
    record = record_of(raised(), ESCALATED)
    assert (record.raised, record.first_at, record.score, record.p_value) == (ESCALATED, TIME, 3.5, 2.1e-6)


def test_score_and_p_value_are_the_most_extreme_of_all_messages() -> None:
    record = record_of(raised(score=9.0), ESCALATED, ENDED)
    assert (record.score, record.p_value) == (9.0, 1e-6)


def test_a_clearing_ends_it_and_a_reopening_begins_it_anew() -> None:
    assert record_of(raised(), ESCALATED, ENDED).cleared == ENDED
    assert is_open(record_of(raised(), ESCALATED, ENDED, REOPENED))
    assert record_of(*STORY).cleared == ENDED_AGAIN


def test_a_copy_of_a_raise_does_not_open_what_is_over() -> None:
    record = record_of(raised(), ESCALATED, ENDED)
    for copy in (raised(), ESCALATED, ENDED):
        assert reduce_incident(record, copy) is record


def test_the_end_of_what_was_never_raised_is_none() -> None:
    assert reduce_incident(None, ENDED) is None


def test_every_order_gives_the_same_record() -> None:
    expected = record_of(*STORY)
    for order in permutations(STORY):
        assert record_of(*order) == expected, order


@given(st.lists(st.sampled_from(STORY), min_size=1, max_size=12))
def test_copies_at_any_place_change_nothing(copies: list[IncidentRaised | IncidentCleared]) -> None:
    assert record_of(*STORY, *copies) == record_of(*STORY)


def test_incidents_stand_in_the_order_of_their_first_raise() -> None:
    later = raised(id="company:MSFT@2014-09-03T16:00:00Z", entity="MSFT", time=TIME + HOUR)
    early = msgspec.structs.replace(later, id="company:IBM@2014-09-03T14:00:00Z", entity="IBM", time=TIME - HOUR)
    found = reduce_incidents([raised(), later, ESCALATED, early])
    assert [record.raised.entity for record in found] == ["IBM", "AAPL", "MSFT"]
    assert [record.raised.entity for record in sorted(found, key=rank)] == ["AAPL", "MSFT", "IBM"]
