"""The market-wide rule: when it fires, when it ends, and that the order of arrival changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.detector.incident_events import IncidentEvent
from services.detector.market.incidents import apply_event
from services.detector.market.messages import (
    KeyClosed,
    KeyEvent,
    KeyOpened,
    PartitionPassed,
    event_order,
    market_event,
)
from services.detector.market.receive import receive
from services.detector.market.state import MarketState
from services.domain.messages import Channel, Evidence, IncidentCleared, IncidentRaised
from services.kafka.codec import Codec, encode
from tests.factories import HOUR, MINUTE, START, cleared, evidence, raised


def text(number: int) -> Evidence:
    return evidence(id=f"t{number}")


def opened(
    number: int, minute: float, *, keys: int = 20, p_value: float = 1e-3, incident: str | None = None
) -> KeyOpened:
    """The key of company `number` opens `minute` minutes after the start."""
    return KeyOpened(
        key=f"company:C{number:02}",
        incident=incident or f"i{number}",
        time=START + round(minute * MINUTE),
        keys=keys,
        p_value=p_value,
        evidence=text(number),
    )


def closed(number: int, minute: float, *, incident: str | None = None) -> KeyClosed:
    return KeyClosed(
        key=f"company:C{number:02}", incident=incident or f"i{number}", time=START + round(minute * MINUTE)
    )


def passed(partition: int, minute: float) -> PartitionPassed:
    return PartitionPassed(partition=partition, time=START + round(minute * MINUTE))


def sent(events: Iterable[KeyEvent], state: MarketState | None = None) -> list[IncidentEvent]:
    """The incidents that come of events in the order of event time."""
    state = state or MarketState()
    return [incident for event in events for incident in apply_event(state, event)]


def burst(count: int, at: float = 0.0, every: float = 1.0, keys: int = 20) -> list[KeyEvent]:
    return [opened(number, at + number * every, keys=keys) for number in range(count)]


def incident_of_key(channel: Channel = "negative", texts: tuple[Evidence, ...] = ()) -> IncidentRaised:
    return raised(id="company:ACME@then", entity="ACME", time=START, p_value=1e-4, evidence=texts, channel=channel)


@pytest.mark.parametrize(
    ("count", "keys", "fires"),
    [
        (5, 99, True),
        (4, 20, False),
        (5, 0, True),  # before the keys were counted
        (5, 100, False),
        (6, 100, True),
        (5, 200, False),
        (10, 200, False),
        (11, 200, True),
    ],
)
def test_more_than_five_percent_of_the_keys_and_five_at_least(count: int, keys: int, fires: bool) -> None:
    incidents = sent(burst(count, keys=keys))
    assert [incident.time for incident in incidents] == ([START + (count - 1) * MINUTE] if fires else [])


def test_openings_spread_over_an_hour_are_no_market_event() -> None:
    assert sent(burst(7, every=10)) == []
    assert sent(burst(5, every=7.5)) == []
    assert len(sent(burst(5, every=7.4))) == 1


def test_what_was_closed_before_does_not_count() -> None:
    assert sent([*burst(4), closed(0, 3.5), opened(9, 4)]) == []
    at_the_same_time = sorted([*burst(4), closed(3, 4), opened(0, 4, incident="other"), opened(1, 4)], key=event_order)
    assert sent(at_the_same_time) == []


def test_at_the_same_time_what_closes_comes_first() -> None:
    events = [*burst(4), opened(0, 4, incident="next"), closed(9, 4), closed(0, 4), opened(8, 4)]
    ordered = [closed(0, 4), closed(9, 4), opened(0, 4, incident="next"), opened(8, 4)]
    assert sorted(events[4:], key=event_order) == ordered
    assert sent(sorted([*burst(4), closed(2, 4), opened(8, 4)], key=event_order)) == []


def test_an_incident_that_escalates_did_not_open_again() -> None:
    assert sent([*burst(5, every=60), *burst(5, at=300)]) == []


def test_one_incident_tells_of_all_with_evidence_of_the_rarest() -> None:
    p_values = [1e-3, 1e-5, 1e-4, 1e-4, 1e-2, 1e-6, 1e-7]
    events = [opened(number, number, p_value=p, keys=60) for number, p in enumerate(p_values)]
    assert sent(events) == [
        IncidentRaised(
            id="market:company@2014-08-01T00:04:00Z",
            channel="market",
            kind="market",
            entity="company",
            name="company",
            time=START + 4 * MINUTE,
            severity=3,
            score=5.0,
            p_value=1e-5,
            threshold=5.0,
            observed=5.0,
            expected=0.0,
            texts=60.0,
            window_minutes=30,
            provisional=False,
            revision=0,
            evidence=tuple(text(number) for number in (1, 2, 3, 0, 4)),
        )
    ]


def test_ten_texts_are_shown_at_most_and_none_of_a_key_without() -> None:
    events = [opened(number, number, p_value=1e-3 / (number + 1), keys=240) for number in range(13)]
    events[12] = msgspec.structs.replace(events[12], evidence=None)
    incident = sent(events)[0]
    assert isinstance(incident, IncidentRaised)
    assert (incident.observed, incident.threshold) == (13.0, 12.0)
    assert [each.id for each in incident.evidence] == [f"t{number}" for number in range(11, 1, -1)]


def test_it_ends_when_two_are_open_and_opens_again_within_six_hours() -> None:
    state = MarketState()
    first = sent(burst(5), state)[0]
    assert sent([closed(0, 60), closed(1, 61)], state) == []
    ended = sent([closed(2, 62), closed(3, 63)], state)
    assert ended == [
        IncidentCleared(
            id=first.id,
            channel="market",
            kind="market",
            entity="company",
            name="company",
            time=START + 62 * MINUTE,
            raised_at=START + 4 * MINUTE,
            severity=3,
        )
    ]
    six_hours = 62 + 6 * 60
    assert sent([closed(4, 64), *burst(4, at=six_hours - 4)], state) == []
    again = sent([opened(4, six_hours)], state)[0]
    assert isinstance(again, IncidentRaised)
    assert (again.id, again.revision, again.time) == (first.id, 1, START + six_hours * MINUTE)
    ended = sent([closed(number, six_hours + 60 + number) for number in range(5)], state)
    assert [(each.id, each.time) for each in ended] == [(first.id, START + (six_hours + 62) * MINUTE)]


def test_after_six_hours_it_is_a_new_incident() -> None:
    state = MarketState()
    sent([*burst(5), *(closed(number, 60 + number) for number in range(5))], state)
    later = 62 + 6 * 60
    new = sent(burst(5, at=later - 3.5), state)[0]
    assert isinstance(new, IncidentRaised)
    assert (new.id, new.revision) == ("market:company@2014-08-01T07:02:30Z", 0)


def test_kinds_of_keys_are_apart() -> None:
    topics = [msgspec.structs.replace(event, key=f"topic:T{n}") for n, event in enumerate(burst(4))]
    assert sent(sorted([*burst(4), *topics], key=event_order)) == []
    both = [*burst(5), *topics, msgspec.structs.replace(opened(4, 5), key="topic:T4")]
    assert [incident.entity for incident in sent(sorted(both, key=event_order))] == ["company", "topic"]


def test_what_an_incident_of_a_key_is_to_the_rule() -> None:
    surge = incident_of_key(texts=(text(1), text(2)))
    event = KeyOpened(key="company:ACME", incident=surge.id, time=START, keys=40, p_value=1e-4, evidence=text(1))
    assert market_event(surge, 40) == event
    assert market_event(incident_of_key(), 40) == msgspec.structs.replace(event, evidence=None)
    end = cleared(surge, HOUR)
    assert market_event(end, 40) == KeyClosed(key="company:ACME", incident=surge.id, time=START + HOUR)
    for channel in ("volume", "rule", "market"):
        assert market_event(msgspec.structs.replace(surge, channel=channel), 40) is None
        assert market_event(msgspec.structs.replace(end, channel=channel), 40) is None


def test_its_messages_survive_the_topic() -> None:
    codec = Codec(KeyOpened, KeyClosed, PartitionPassed)
    for message in (opened(1, 2), closed(1, 3), passed(0, 4)):
        assert codec.decode(encode(message)) == message


def test_nothing_is_raised_before_all_partitions_have_passed() -> None:
    state = MarketState()
    for event in burst(5):
        assert receive(state, event, 2) == []
    assert receive(state, burst(5)[2], 2) == []  # a copy
    assert state.waiting == burst(5)
    assert receive(state, passed(0, 30), 2) == []
    assert receive(state, passed(1, 4), 2) == []  # what is at the very time may have company
    assert [incident.time for incident in receive(state, passed(1, 5), 2)] == [START + 4 * MINUTE]
    assert state.waiting == []


def test_an_event_after_its_partition_passed_counts_while_another_is_behind() -> None:
    state = MarketState()
    receive(state, passed(0, 30), 2)
    receive(state, passed(1, 2), 2)
    for event in burst(5, at=3):
        assert receive(state, event, 2) == []
    assert receive(state, passed(0, 10), 2) == []  # a copy of what was said earlier takes nothing back
    assert [incident.time for incident in receive(state, passed(1, 30), 2)] == [START + 7 * MINUTE]


def test_an_opening_after_all_have_passed_is_left_out() -> None:
    state = MarketState()
    for event in burst(4):
        receive(state, event, 1)
    receive(state, passed(0, 10), 1)
    before = msgspec.msgpack.encode(state)
    assert receive(state, opened(9, 5), 1) == []
    assert msgspec.msgpack.encode(state) == before


GAPS = st.integers(0, 6)
LASTS = st.integers(1, 30)
history = st.lists(st.tuples(GAPS, LASTS), min_size=1, max_size=3)


def _events(histories: Sequence[Sequence[tuple[int, int]]]) -> list[KeyEvent]:
    """Each key opens and closes in turn, at multiples of five minutes; the odd ones open their incident again."""
    events: list[KeyEvent] = []
    for number, turns in enumerate(histories):
        minute = 0
        for turn, (gap, lasts) in enumerate(turns):
            incident = f"i{number}" if number % 2 else f"i{number}/{turn}"
            minute += 5 * gap
            events.append(opened(number, minute, incident=incident, p_value=1e-3 / (number + 1)))
            events.append(opened(number, minute + 5 * lasts / 2, incident=incident))
            minute += 5 * lasts
            events.append(closed(number, minute, incident=incident))
    return events


def _logs(events: Sequence[KeyEvent], partitions: int, random: Random) -> list[list[KeyEvent | PartitionPassed]]:
    """What each partition says: its keys' events in order, now and then how far it is, parts of it once more."""
    logs: list[list[KeyEvent | PartitionPassed]] = []
    for partition in range(partitions):
        own = [event for event in events if int(event.key[-2:]) % partitions == partition]
        log: list[KeyEvent | PartitionPassed] = []
        for event in sorted(own, key=lambda each: each.time):
            if random.random() < 0.5:
                log.append(PartitionPassed(partition=partition, time=event.time))
            log.append(event)
            if random.random() < 0.2:
                log += log[-random.randrange(1, 10) :]
        log.append(passed(partition, 24 * 60))
        logs.append(log)
    return logs


@settings(deadline=None)
@given(
    histories=st.lists(history, min_size=6, max_size=12),
    partitions=st.integers(1, 4),
    seed=st.integers(0, 2**32),
)
def test_arrival_redelivery_saving_and_loading_change_nothing(
    histories: list[list[tuple[int, int]]], partitions: int, seed: int
) -> None:
    events = _events(histories)
    expected = sent(sorted(events, key=event_order))
    random = Random(seed)
    logs = _logs(events, partitions, random)
    state, found = MarketState(), list[IncidentEvent]()
    while any(logs):
        log = random.choice([each for each in logs if each])
        found += receive(state, log.pop(0), partitions)
        if random.random() < 0.1:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=MarketState)
    assert found == expected
    assert state.waiting == []
    assert all(kind.open == {} for kind in state.kinds.values())


def test_the_example_of_the_property_raises_ends_and_opens_again() -> None:
    incidents = sent(sorted(_events([[(n % 3, 4), (10, 5), (99, 4)] for n in range(8)]), key=event_order))
    assert [type(incident) for incident in incidents] == [IncidentRaised, IncidentCleared] * 3
    assert [incident.revision for incident in incidents if isinstance(incident, IncidentRaised)] == [0, 1, 0]
