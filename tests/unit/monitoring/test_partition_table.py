"""The records of one partition in the table, and that those from before are still read."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from services.detector.baseline import Baseline
from services.detector.key_record import KeyRecord, put_text
from services.detector.opinion import opinion_of
from services.detector.rules.record import Match, RuleRecord, RuleState
from services.detector.shared import DailyAggregate, SharedStatistics
from services.detector.state import KeyState, Peak
from services.detector.tail import DayCounts, Tail
from services.detector.volume.record import VolumeRecord
from services.detector.volume.state import new_volume
from services.domain.key import MonitoredKey
from services.domain.messages import ScoredText
from services.kafka.codec import Codec, encode
from services.monitoring.key_bytes import Head, head_of, pack, unpack
from services.monitoring.open_key import LEAST_LOG_BYTES, OpenKey
from services.monitoring.partition_records import PartitionRecord, StoredKey, TimeRecord
from services.monitoring.partition_table import PartitionTable, put_back
from tests.factories import MINUTE, START, daily_aggregate, scored

ACME, OIL = MonitoredKey.of_company("ACME"), MonitoredKey.of_topic("oil")
AGGREGATE = daily_aggregate(1, 3, peaks={"company/0": DayCounts(ended={0: 2}, censored={4: 1})})


def names(data: bytes) -> Any:
    """A record of a key, or another one, without its types."""
    return msgspec.msgpack.decode(data if data[0] != 1 else zlib.decompress(data[4:]), strict=False)


def test_each_partition_finds_its_own_records() -> None:
    data: dict[bytes, bytes] = {}
    first, second = PartitionTable(data, 0), PartitionTable(data, 1)
    first.save(ACME, OpenKey(KeyRecord(partition=0, applied={"news.raw/0": 7})), None)
    second.save(OIL, OpenKey(KeyRecord(partition=1)), None)
    second.store_time_record(TimeRecord(applied=5, heard={"news.raw/0": 9}))
    second.store_partition_record(PartitionRecord(last_days={0: 3}))
    assert first.followed() == ([ACME], [])
    assert second.followed() == ([OIL], [])
    assert first.find(ACME).record == StoredKey(partition=0, applied={"news.raw/0": 7})
    assert first.find(MonitoredKey.of_company("BOLT")) == OpenKey(KeyRecord(partition=0))
    assert (first.time_record(), second.time_record()) == (TimeRecord(), TimeRecord(5, {"news.raw/0": 9}))
    assert (first.partition_record(), second.partition_record()) == (
        PartitionRecord(),
        PartitionRecord(last_days={0: 3}),
    )
    assert sorted(data) == [b"company:ACME", b"partition/1", b"time/1", b"topic:oil"]


def test_a_key_is_called_in_its_record_as_before() -> None:
    state = KeyState(first_at=START, now=START, next_hour=0, peak=Peak(1, "company/0", open=False, floor=0.0))
    record = KeyRecord(
        partition=0,
        state=state,
        rules={"legal": RuleRecord(RuleState([Match(opinion_of(scored(1, START), ACME), reported=True)]))},
        volume=VolumeRecord(new_volume(START)),
    )
    found = names(pack(record))
    assert found["rules"]["legal"]["state"]["matches"][0].keys() == {"opinion", "told"}
    assert {"slot_texts", "slot_expected"} < found["state"]["baseline"].keys()
    assert {"slot_texts", "slot_expected"} < found["volume"]["state"].keys()
    assert found["state"]["peak"]["cut_at"] is None
    found["state"]["baseline"]["slot_texts"][7] = 2.5
    again = unpack(msgspec.msgpack.encode(found))
    assert again.state is not None
    assert again.state.baseline == Baseline(profile_texts=[2.5 if hour == 7 else 0.0 for hour in range(48)])
    assert again.rules["legal"].state.matches[0].reported


def test_what_keys_share_is_called_in_its_record_as_before() -> None:
    shared = SharedStatistics(day=2, tails={"company/0": Tail([1.0], [0.5])})
    record = PartitionRecord(shared=shared, last_days={1: 3}, aggregates={3: {1: AGGREGATE}})
    found = names(msgspec.msgpack.encode(record))
    assert found.keys() == {"pool", "heard", "sums"}
    assert found["pool"].keys() == {"day", "groups", "tails", "keys", "watched"}
    assert found["pool"]["tails"]["company/0"] == {"ended": [1.0], "cut": [0.5]}
    assert found["sums"][3][1]["peaks"]["company/0"] == {"ended": {0: 2}, "cut": {4: 1}}
    table = PartitionTable({b"partition/0": msgspec.msgpack.encode(found)}, 0)
    assert table.partition_record() == record


def test_a_daily_aggregate_is_called_on_the_topic_as_before() -> None:
    data = encode(AGGREGATE)
    found = msgspec.json.decode(data)
    assert found["type"] == "day_sums"
    assert found.keys() == {"type", "schema", "partition", "day", "groups", "peaks", "keys", "watched"}
    assert Codec(DailyAggregate).decode(data) == AGGREGATE


def opened(table: PartitionTable, key: MonitoredKey, *texts: ScoredText) -> OpenKey:
    """A key into which texts were put, each of them logged, at `START`."""
    held = table.find(key)
    for text in texts:
        put_text(held.record, key, text)
        table.log(key, held, text, START)
    return held


def test_the_texts_that_a_record_lacks_are_records_of_their_own_and_come_back() -> None:
    data: dict[bytes, bytes] = {}
    table = PartitionTable(data, 0)
    texts = [scored(7, START), scored(8, START + 30_000), scored(9, START + MINUTE)]
    held = opened(table, ACME, *texts)
    assert sorted(data) == [b"text/0/company:ACME", b"text/1/company:ACME", b"text/2/company:ACME"]
    ((key, again, at, later),) = PartitionTable(data, 0).followed().changing
    assert (key, again.record, again.put, at) == (ACME, KeyRecord(partition=0), 0, None)
    assert [(number, text.opinion, text.applied) for number, text in later] == [
        (number, opinion_of(text, ACME), START) for number, text in enumerate(texts)
    ]
    for number, text in later:
        put_back(again, number, text)
    assert (again.record, again.numbers, again.put) == (held.record, {START: [0, 1], START + MINUTE: [2]}, 3)
    assert again.record.applied == {"comments.raw/0": 9}
    assert again.logged_bytes == held.logged_bytes == sum(map(len, data.values()))
    assert PartitionTable(data, 1).followed() == ([], [])


def test_a_record_that_is_written_deletes_the_texts_of_closed_minutes_and_no_others() -> None:
    data: dict[bytes, bytes] = {}
    table = PartitionTable(data, 0)
    held = opened(table, ACME, scored(7, START), scored(9, START + MINUTE))
    del held.record.minutes[START]
    table.save(ACME, held, START)
    assert sorted(data) == [b"company:ACME", b"text/1/company:ACME"]
    record = unpack(data[b"company:ACME"])
    assert (record.minutes, record.put, record.open, record.applied) == ({}, 2, [1], {"comments.raw/0": 9})
    assert (held.logged_bytes, held.stored_bytes) == (0, len(data[b"company:ACME"]))
    ((_, again, at, later),) = PartitionTable(data, 0).followed().changing
    assert list(again.record.minutes) == [START + MINUTE]
    assert (again.put, at, later) == (2, START, [])


def test_a_text_whose_deletion_was_lost_in_a_crash_is_not_applied_twice() -> None:
    data: dict[bytes, bytes] = {}
    table = PartitionTable(data, 0)
    held = opened(table, ACME, scored(7, START), scored(9, START + MINUTE))
    lost = data[b"text/0/company:ACME"]
    del held.record.minutes[START]
    table.save(ACME, held, START)
    put_text(held.record, ACME, scored(10, START))  # late, for the minute that was closed
    table.log(ACME, held, scored(10, START), START + MINUTE)
    data[b"text/0/company:ACME"] = lost
    ((_, _, _, later),) = PartitionTable(data, 0).followed().changing
    assert [(number, text.opinion.id, text.applied) for number, text in later] == [
        (2, scored(10, START).event_id, START + MINUTE)
    ]
    assert sorted(data) == [b"company:ACME", b"text/1/company:ACME", b"text/2/company:ACME"]


def test_a_key_that_only_a_text_can_change_is_not_read_at_the_start() -> None:
    data: dict[bytes, bytes] = {}
    table = PartitionTable(data, 0)
    table.save(OIL, opened(table, OIL, scored(7, START)), START)
    held = opened(table, ACME, scored(8, START))
    held.record.minutes.clear()
    table.save(ACME, held, START)
    quiet, ((key, _, _, _),) = table.followed()
    assert (quiet, key) == ([ACME], OIL)
    data[b"company:ACME"] = msgspec.msgpack.encode(names(data[b"company:ACME"]))  # of an earlier version
    assert [one.key for one in table.followed().changing] == [OIL, ACME]


def test_a_record_says_in_its_head_whether_it_must_be_read_and_those_of_before_are_read() -> None:
    record = StoredKey(partition=300, applied={"news.raw/0": 7}, put=3, open=[2], at=START)
    for waits in (False, True):
        assert head_of(pack(record, waits=waits)) == Head(300, waits)
        assert unpack(pack(record, waits=waits)) == record
    plain = msgspec.msgpack.encode(record)
    for earlier in (plain, zlib.compress(plain, level=1)):
        assert (unpack(earlier), head_of(earlier)) == (record, Head(300, waits=True))


def test_a_record_is_to_be_written_once_its_texts_took_half_of_it() -> None:
    held = OpenKey(KeyRecord(partition=0), stored_bytes=10_000, logged_bytes=4_999)
    assert not held.is_to_be_written()
    held.logged_bytes = 5_000
    assert held.is_to_be_written()
    held.stored_bytes, held.logged_bytes = 0, LEAST_LOG_BYTES - 1
    assert not held.is_to_be_written()


def test_a_record_that_did_not_change_is_not_written_again() -> None:
    written: list[bytes] = []

    class Table(dict[bytes, bytes]):
        def __setitem__(self, key: bytes, value: bytes) -> None:
            written.append(key)
            super().__setitem__(key, value)

    table = PartitionTable(Table(), 0)
    held = opened(table, ACME, scored(7, START))
    for _ in range(3):
        table.save(ACME, held, START)
    held.record.minutes.clear()
    table.save(ACME, held, START)
    assert written == [b"text/0/company:ACME", b"company:ACME", b"company:ACME"]


def test_open_minutes_in_a_record_of_before_become_texts() -> None:
    old = KeyRecord(partition=0, applied={"comments.raw/0": 9})
    for text in (scored(7, START), scored(9, START + MINUTE)):
        put_text(old, ACME, text)
    data = {b"company:ACME": msgspec.msgpack.encode(old)}
    ((_, held, _, later),) = PartitionTable(data, 0).followed().changing
    assert (list(held.record.minutes), later) == ([START, START + MINUTE], [])
    assert sorted(data) == [b"company:ACME", b"text/0/company:ACME", b"text/1/company:ACME"]
    ((_, again, _, _),) = PartitionTable(data, 0).followed().changing
    assert (again.record.minutes, again.record.applied) == (held.record.minutes, {"comments.raw/0": 9})
