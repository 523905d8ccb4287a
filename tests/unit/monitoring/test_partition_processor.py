"""The records of one partition: how many there are, what days wait for, and what comes back after a restart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.detector.shared import DailyAggregate
from services.detector.state import KeyState
from services.domain.key import MonitoredKey
from services.domain.messages import KeyedText, Origin
from services.monitoring import partition_processor
from services.monitoring.key_bytes import unpack
from services.monitoring.open_key import LEAST_LOG_BYTES
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.steps import KeyUpdate, Step
from services.monitoring.watermark import Watermark
from services.watchlists.model import Watchlists
from tests.factories import (
    DAY,
    HOUR,
    MINUTE,
    NEGATIVE,
    START,
    daily_aggregate,
    partition_idle,
    scored,
    watermark_update,
)

DAY_0 = START // DAY


def processor(table: dict[bytes, bytes], partition: int = 0, partitions: int = 1) -> PartitionProcessor:
    return PartitionProcessor(partition, partitions, table, Watermark(["comments.raw/0"]), Context(), HOUR)


def keyed(key: str, number: int, offset: int, time: int | None = None) -> KeyedText:
    text = scored(number, START + number * MINUTE if time is None else time)
    origin = Origin(topic="comments.raw", partition=0, offset=offset)
    return KeyedText(key=key, text=msgspec.structs.replace(text, origin=origin))


def run(one: PartitionProcessor, steps: Iterator[Step]) -> list[DailyAggregate]:
    """Do all steps; the processor hears its own aggregates at once. Returns what it sent."""
    sent: list[DailyAggregate] = []
    for step in steps:
        if isinstance(step, KeyUpdate):
            one.store(step)
        else:
            sent.append(step)
            one.receive(step)
    return sent


def advance(one: PartitionProcessor, time: int) -> list[DailyAggregate]:
    return run(one, one.advance(watermark_update(time)))


def test_keys_are_counted_by_kind_and_found_again() -> None:
    table: dict[bytes, bytes] = {}
    first = processor(table)
    for offset, key in enumerate(["company:AAPL", "company:AAPL", "company:MSFT", "topic:earnings"]):
        assert first.put(keyed(key, offset, offset))
    advance(first, START + HOUR)
    assert first.key_counts == {"company": 2, "topic": 1}
    assert processor(table).key_counts == {"company": 2, "topic": 1}
    assert processor(table, partition=1).key_counts == {}


@pytest.mark.parametrize("offset", [5, 4])
def test_a_redelivered_record_changes_nothing(offset: int) -> None:
    table: dict[bytes, bytes] = {}
    one = processor(table)
    one.put(keyed("company:AAPL", 1, 5))
    before = dict(table)
    assert one.put(keyed("company:AAPL", 2, offset))
    assert table == before


def test_it_begins_at_midnight_of_its_first_text_and_says_that_nothing_was_before() -> None:
    one = processor({})
    one.put(keyed("company:AAPL", 1, 1, time=START + 5 * HOUR))
    one.put(keyed("company:MSFT", 2, 2, time=START + 2 * DAY))
    sent = advance(one, START + 2 * DAY + 3 * HOUR)
    assert sent[0] == daily_aggregate(0, DAY_0 - 1)
    assert [(each.day, each.keys.get("company", 0)) for each in sent[1:]] == [(DAY_0, 1), (DAY_0 + 1, 1)]
    assert one.applied_watermark == START + 2 * DAY + 3 * HOUR
    assert one.context.shared.day == DAY_0 + 1


def test_it_waits_for_the_aggregates_of_every_partition_and_then_goes_on() -> None:
    one = processor({}, partitions=2)
    one.put(keyed("company:AAPL", 1, 1))
    one.receive(daily_aggregate(1, DAY_0 - 1))
    sent = advance(one, START + DAY + 2 * HOUR)
    assert [each.day for each in sent] == [DAY_0 - 1, DAY_0]
    assert (one.blocked, one.applied_watermark) == (True, START + DAY)
    assert run(one, one.resume()) == []
    assert (one.blocked, one.applied_watermark) == (True, START + DAY)
    one.receive(daily_aggregate(1, DAY_0, keys={"company": 3}, watched={"all": 3}))
    assert run(one, one.resume()) == []
    assert (one.blocked, one.applied_watermark) == (False, START + DAY + 2 * HOUR)
    assert (one.context.shared.keys, one.context.shared.watched) == ({"company": 4}, {"all": 4})


def test_a_partition_that_began_later_has_nothing_to_say_of_the_days_before() -> None:
    one = processor({}, partitions=2)
    one.put(keyed("company:AAPL", 1, 1))
    one.receive(daily_aggregate(1, DAY_0 + 4))
    advance(one, START + 5 * DAY)
    assert (one.blocked, one.applied_watermark) == (False, START + 5 * DAY)
    advance(one, START + 6 * DAY + HOUR)
    assert (one.blocked, one.applied_watermark) == (True, START + 6 * DAY)


def test_aggregates_that_come_again_change_nothing() -> None:
    table: dict[bytes, bytes] = {}
    one = processor(table, partitions=2)
    one.put(keyed("company:AAPL", 1, 1))
    one.receive(daily_aggregate(1, DAY_0 + 1))
    advance(one, START + DAY + 2 * HOUR)
    before = dict(table)
    for aggregate in (
        daily_aggregate(0, DAY_0 - 1),
        daily_aggregate(0, DAY_0),
        daily_aggregate(1, DAY_0),
        daily_aggregate(1, DAY_0 + 1),
    ):
        one.receive(aggregate)
    assert table == before


def test_what_keys_share_is_there_after_a_restart() -> None:
    table: dict[bytes, bytes] = {}
    one = processor(table, partitions=2)
    one.put(keyed("company:AAPL", 1, 1))
    one.receive(daily_aggregate(1, DAY_0))
    advance(one, START + DAY + 2 * HOUR)
    again = processor(table, partitions=2)
    assert again.context.shared == one.context.shared
    assert (again.context.shared.keys, again.context.shared.watched) == ({"company": 1}, {"all": 1})
    assert again.applied_watermark == START + DAY + 2 * HOUR
    assert processor(table, partition=1, partitions=2).applied_watermark is None


def test_a_worker_killed_while_it_waits_goes_on_with_the_next_watermark() -> None:
    table: dict[bytes, bytes] = {}
    one = processor(table, partitions=2)
    one.put(keyed("company:AAPL", 1, 1))
    one.receive(daily_aggregate(1, DAY_0 - 1))
    advance(one, START + DAY + 2 * HOUR)
    assert one.blocked
    again = processor(table, partitions=2)
    again.receive(daily_aggregate(1, DAY_0))
    assert run(again, again.resume()) == []
    assert again.applied_watermark == START + DAY
    assert advance(again, START + DAY + 2 * HOUR) == []
    assert again.applied_watermark == START + DAY + 2 * HOUR
    assert again.context.shared.day == DAY_0


def test_a_watermark_that_moved_nothing_yet_is_not_forgotten() -> None:
    """Else a partition that has read all there is would wait for another watermark for ever, and all others with it."""
    table: dict[bytes, bytes] = {}
    origins = ["comments.raw/0", "comments.raw/1"]
    one = PartitionProcessor(0, 1, table, Watermark(origins), Context(), HOUR)
    assert run(one, one.advance(watermark_update(START + HOUR))) == []
    assert one.applied_watermark is None
    again = PartitionProcessor(0, 1, table, Watermark(origins), Context(), HOUR)
    assert run(again, again.advance(partition_idle(partition=1))) == [daily_aggregate(0, DAY_0 - 1)]
    assert again.applied_watermark == START + HOUR
    after = PartitionProcessor(0, 1, table, Watermark(origins), Context(), HOUR)
    assert run(after, after.advance(watermark_update(START + 2 * HOUR))) == []
    assert after.applied_watermark == START + 2 * HOUR  # that the other one is idle is known after a restart


def test_a_minute_is_closed_once_the_watermark_has_passed_it() -> None:
    one = processor({})
    one.put(keyed("company:AAPL", 1, 1))
    advance(one, START + 2 * MINUTE - 1)
    assert state_of(one) is None
    advance(one, START + 2 * MINUTE)
    state = state_of(one)
    assert state is not None
    assert (state.first_at, state.now, state.texts) == (START + MINUTE, START + 2 * MINUTE, 1.0)


def state_of(one: PartitionProcessor, key: str = "company:AAPL") -> KeyState | None:
    """What the detector holds of a key, in memory or in the table."""
    return one._key(MonitoredKey.parse(key)).record.state


def test_the_texts_of_a_closed_minute_stay_in_the_table_until_the_record_is_written() -> None:
    table: dict[bytes, bytes] = {}
    one = processor(table)
    numbers = iter(range(1, 1_000))
    while b"company:AAPL" not in table:
        number = next(numbers)
        one.put(keyed("company:AAPL", number, number))
        advance(one, START + (number + 1) * MINUTE)
        texts = sum(len(value) for name, value in table.items() if name.startswith(b"text/"))
        assert texts < LEAST_LOG_BYTES
    assert number > 5
    assert not any(name.startswith(b"text/") for name in table)
    assert unpack(table[b"company:AAPL"]).state == state_of(one)


def test_a_record_is_written_before_the_day_is_learned() -> None:
    table: dict[bytes, bytes] = {}
    one = processor(table)
    one.put(keyed("company:AAPL", 1, 1))
    advance(one, START + 5 * MINUTE)
    assert b"company:AAPL" not in table
    advance(one, START + DAY + 2 * HOUR)
    assert not any(name.startswith(b"text/") for name in table)
    assert unpack(table[b"company:AAPL"]).state == state_of(one)


def test_a_record_is_written_before_other_watchlists_are_followed() -> None:
    table: dict[bytes, bytes] = {}
    one = processor(table)
    one.put(keyed("company:AAPL", 1, 1))
    advance(one, START + 5 * MINUTE)
    lists = Watchlists()
    one.follow(lists)
    assert b"company:AAPL" not in table
    advance(one, START + 5 * MINUTE)
    assert one.context.watchlists is lists
    assert unpack(table[b"company:AAPL"]).state == state_of(one)


def test_only_so_many_keys_wait_in_memory_to_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition_processor, "UNSAVED_KEYS", 2)
    table: dict[bytes, bytes] = {}
    one = processor(table)
    for number, key in enumerate(["company:C", "company:A", "company:B"], 1):
        one.put(keyed(key, number, number))
        advance(one, START + (number + 1) * MINUTE)
    assert [name for name in table if name.startswith(b"company:")] == [b"company:C"]


TIMES = st.lists(st.tuples(st.integers(0, 90), st.booleans(), st.booleans()), min_size=1, max_size=60)
"""Of each text: how many minutes behind the newest one it is; whether a watermark, whether a restart follows."""


@settings(max_examples=60, deadline=None)
@given(TIMES, st.integers(0, 10**6))
def test_a_restart_at_any_moment_changes_no_record_and_no_incident(times: list[Any], seed: int) -> None:
    """Texts come out of order, into minutes that were closed too; a crash may keep a record from being written."""
    source = random.Random(seed)
    calm, killed = Restarted(), Restarted()
    newest = START
    for number, (behind, is_time, is_restart) in enumerate(times):
        newest += source.choice([0, 20_000, 7 * MINUTE, 5 * HOUR])
        key = source.choice(["company:AAPL", "topic:oil"])
        text = keyed(key, number, number, newest - behind * MINUTE)
        text = msgspec.structs.replace(text, text=msgspec.structs.replace(text.text, sentiment=NEGATIVE))
        for each in (calm, killed):
            each.one.put(text)
            if is_time:
                each.advance(newest - 10 * MINUTE, crash=is_restart and each is killed)
        if is_restart:
            killed.start()
    for each in (calm, killed):
        each.advance(newest + DAY)
        each.advance(newest + 3 * DAY)
    assert list(dict.fromkeys(killed.events)) == calm.events
    for key in ("company:AAPL", "topic:oil"):
        assert state_of(killed.one, key) == state_of(calm.one, key)


class Restarted:
    """A processor that can be made anew from its table."""

    def __init__(self) -> None:
        self.table: dict[bytes, bytes] = {}
        self.events: list[IncidentEvent] = []
        self.start()

    def start(self) -> None:
        context = Context(fixed_threshold=0.5)
        self.one = PartitionProcessor(0, 1, self.table, Watermark(["comments.raw/0"]), context, HOUR)

    def advance(self, time: int, *, crash: bool = False) -> None:
        """Do the steps; with `crash` the first key with incidents is not stored, and nothing after it is done."""
        for step in self.one.advance(watermark_update(time)):
            if isinstance(step, DailyAggregate):
                self.one.receive(step)
                continue
            self.events += step.events
            if crash and step.events:
                self.start()
                self.advance(time)
                return
            self.one.store(step)
        if self.one.blocked:
            for step in self.one.resume():
                assert isinstance(step, KeyUpdate)
                self.events += step.events
                self.one.store(step)
