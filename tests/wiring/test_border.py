"""What monitoring's agents do with records that are wrong, poisonous, or all of them useless."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.detector import detect
from services.detector.market.messages import PartitionPassed
from services.detector.opinion import Opinion
from services.domain.key import MonitoredKey
from services.domain.messages import Highlight, Message, Origin
from services.kafka.codec import encode
from services.kafka.topics import BY_KEY, COMMENTS_RAW, MARKET, NEWS_RAW, PARTITIONS, SCORED
from services.monitoring.routing import Router
from tests.factories import DAY, MINUTE, NEGATIVE, START, daily_aggregate, keyed_text, scored, watermark_update
from tests.harness.agent_stream import FakeStream
from tests.harness.monitor import Monitor, run

YEAR_2099 = 4_070_908_800_000
DEEP = b'{"a":' * 50_000


def changed(message: Message, *path: Any, to: Any) -> bytes:
    """The message with another value at a place in it."""
    found = msgspec.to_builtins(message)
    node = found
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = to
    return msgspec.json.encode(found)


GOOD = scored(1, topics={"earnings": 0.9}, highlights=(Highlight(text="x", start=0, end=1, effect=0.1),))
KEYED = keyed_text(1, START)
PASSED = PartitionPassed(partition=0, time=START)
BAD_SCORED = {
    "deep": (DEEP, "too_deep"),
    "unknown origin": (encode(scored(1, origin=Origin(topic="elsewhere", partition=0, offset=1))), "invalid_field"),
    "unknown partition": (encode(watermark_update(START, partition=4)), "invalid_field"),
    "partition below 0": (changed(GOOD, "origin", "partition", to=-5), "invalid_field"),
    "offset of 65 bits": (changed(GOOD, "origin", "offset", to=2**64), "invalid_field"),
    "first seen long ago": (changed(GOOD, "first_seen_at", to=-(10**18)), "bad_date"),
    "published in 1970": (changed(GOOD, "published_at", to=1990), "bad_date"),
    "a watermark of 2099": (encode(watermark_update(YEAR_2099)), "bad_date"),
    "an id of 500 KB": (changed(GOOD, "event_id", to="x" * 500_000), "invalid_field"),
    "a link of 500 KB": (changed(GOOD, "url", to="x" * 500_000), "invalid_field"),
    "a highlight beyond": (changed(GOOD, "because", 0, "end", to=500), "invalid_field"),
    "a highlight of nothing": (changed(GOOD, "because", 0, "start", to=1), "invalid_field"),
    "an entity of nobody": (
        changed(GOOD, "entities", to=[{"name": "x", "company": "OTHER", "sentiment": NEGATIVE}]),
        "invalid_field",
    ),
    "a company without a name": (changed(GOOD, "companies", 0, "id", to=""), "invalid_field"),
    "12,000 topics": (changed(GOOD, "topics", to={f"topic{n}": 0.9 for n in range(12_000)}), "invalid_field"),
    "10,000 companies": (changed(GOOD, "companies", to=[{"id": "A", "mention": "A"}] * 10_000), "invalid_field"),
}
BAD_BY_KEY = {
    "deep": (DEEP, "too_deep"),
    "a key of a table": (changed(KEYED, "key", to="time/1"), "invalid_field"),
    "published in 1970": (changed(KEYED, "text", "published_at", to=1990), "bad_date"),
    "unknown origin": (changed(KEYED, "text", "origin", "topic", to="elsewhere"), "invalid_field"),
    "an aggregate of nobody": (encode(daily_aggregate(partition=7)), "invalid_field"),
    "an aggregate of 2099": (encode(daily_aggregate(day=YEAR_2099 // DAY)), "bad_date"),
    "an aggregate of no cohort": (changed(daily_aggregate(), "peaks", to={"x": {}}), "invalid_field"),
}
BAD_MARKET = {
    "nothing": (b"", "invalid_json"),
    "deep": (DEEP, "too_deep"),
    "not UTF-8": (b"\xff", "invalid_utf8"),
    "a partition of nobody": (encode(PartitionPassed(partition=9, time=START)), "invalid_field"),
    "passed until 2099": (encode(PartitionPassed(partition=0, time=YEAR_2099)), "bad_date"),
}


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return Monitor(tmp_path)


@pytest.fixture
def statuses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """With what a process would have ended."""
    found: list[int] = []
    monkeypatch.setattr("os._exit", found.append)
    return found


@pytest.mark.parametrize(("data", "reason"), BAD_SCORED.values(), ids=BAD_SCORED)
async def test_the_router_buries_what_is_wrong_and_routes_the_next(monitor: Monitor, data: bytes, reason: str) -> None:
    await monitor.worker.router._read(FakeStream([data, encode(GOOD)], topic=SCORED.name))
    assert [letter.reason for letter in monitor.letters()] == [reason]
    assert [record["key"] for record in monitor.by_key.sent][:2] == [b"company:ACME", b"topic:earnings"]
    assert monitor.value("texts_dead_total", stage="monitoring", reason=reason) == 1


@pytest.mark.parametrize(("data", "reason"), BAD_BY_KEY.values(), ids=BAD_BY_KEY)
async def test_the_detector_buries_what_is_wrong_and_applies_the_next(
    monitor: Monitor, data: bytes, reason: str
) -> None:
    stream = FakeStream([data, encode(KEYED)], topic=BY_KEY.name, partition=0)
    await run(monitor.worker.detector, stream, acknowledged=2)
    assert [letter.reason for letter in monitor.letters()] == [reason]
    assert b"text/0/company:ACME" in monitor.table


@pytest.mark.parametrize(("data", "reason"), BAD_MARKET.values(), ids=BAD_MARKET)
async def test_the_market_wide_rule_buries_what_is_wrong(monitor: Monitor, data: bytes, reason: str) -> None:
    stream = FakeStream([data, encode(PASSED)], topic=MARKET.name, partition=0)
    await run(monitor.worker.market, stream, acknowledged=2)
    assert [letter.reason for letter in monitor.letters()] == [reason]
    assert b"market" in monitor.market_table


async def test_what_crashes_the_router_twice_is_buried_and_the_rest_is_routed(
    tmp_path: Path, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    route = Router.route
    monkeypatch.setattr(
        Router, "route", lambda self, batch, lists: 1 // 0 if POISON in batch else route(self, batch, lists)
    )
    values = [encode(scored(number, origin=None)) for number in range(100)]
    for ended in ([70], [70, 70], [70, 70]):
        monitor = Monitor(tmp_path)
        await monitor.worker.router._read(FakeStream(values, topic=SCORED.name))
        assert statuses == ended
    (letter,) = monitor.letters()
    assert (letter.reason, letter.origin) == ("poison", Origin(topic=SCORED.name, partition=2, offset=40))
    assert letter.detail.startswith("it ended this worker 2 times: ZeroDivisionError")
    assert len(monitor.by_key.sent) == 99
    assert monitor.value("texts_dead_total", stage="monitoring", reason="poison") == 1


POISON = scored(40, origin=None)


async def test_what_crashes_the_detector_twice_is_buried(
    tmp_path: Path, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.monitoring.partition_processor.put_text", lambda record, *_: 1 // 0)
    for _ in range(2):
        await Monitor(tmp_path).worker.detector._read(_one_text())
    monitor = Monitor(tmp_path)
    await run(monitor.worker.detector, _one_text(), acknowledged=1)
    assert ([letter.reason for letter in monitor.letters()], statuses) == (["poison"], [70, 70])


async def test_texts_whose_minute_cannot_be_closed_are_buried_and_the_rest_goes_on(
    tmp_path: Path, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were acknowledged before the crash: it is the table that holds them."""
    apply = detect.apply_minute

    def fails(key: Any, state: Any, minute: int, opinions: list[Opinion], context: Any) -> Any:
        if any(one.id == POISON.event_id for one in opinions):
            raise ZeroDivisionError("no such quantile")
        return apply(key, state, minute, opinions, context)

    monkeypatch.setattr(detect, "apply_minute", fails)
    texts = [keyed_text(40, START), keyed_text(41, START + 2 * MINUTE)]
    origins = [(topic.name, partition) for topic in (NEWS_RAW, COMMENTS_RAW) for partition in range(PARTITIONS)]
    times = [watermark_update(START + 5 * MINUTE, topic=topic, partition=partition) for topic, partition in origins]
    table: dict[bytes, bytes] = {}
    for records, ended in (([*texts, *times], [70]), (times, [70, 70])):
        monitor = Monitor(tmp_path)
        monitor.table.update(table)
        await monitor.worker.detector._read(FakeStream(map(encode, records), topic=BY_KEY.name, partition=0))
        assert statuses == ended
        table = dict(monitor.table)
    monitor = Monitor(tmp_path)
    monitor.table.update(table)
    stream = FakeStream(map(encode, times), topic=BY_KEY.name, partition=0)
    await run(monitor.worker.detector, stream, acknowledged=len(times))
    assert statuses == [70, 70]
    (letter,) = monitor.letters()
    assert (letter.reason, letter.origin) == ("poison", None)
    assert "the text of comments.raw, partition 0, offset 40: it ended this worker 2 times: ZeroDivisionError" in (
        letter.detail
    )
    assert msgspec.json.decode(letter.payload)["key"] == str(KEYED.key)
    processor = monitor.worker.detector._queues[0].processor
    state = processor._key(MonitoredKey.parse(KEYED.key)).record.state
    assert state is not None
    assert (state.first_at, state.texts) == (START + 2 * MINUTE, 1.0)
    assert b"text/0/company:ACME" not in monitor.table


def _one_text() -> FakeStream:
    return FakeStream([encode(KEYED)], topic=BY_KEY.name, partition=0)


async def test_a_send_that_fails_makes_no_record_a_suspect(
    tmp_path: Path, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_record: Any) -> None:
        raise RuntimeError("the broker is gone")

    for _ in range(4):
        monitor = Monitor(tmp_path)
        monkeypatch.setattr(monitor.by_key, "send", fails)
        await monitor.worker.router._read(FakeStream([encode(GOOD)], topic=SCORED.name))
        assert monitor.letters() == []
    assert statuses == [70] * 4


async def test_the_router_stops_when_most_cannot_be_used(
    tmp_path: Path, statuses: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    values = [encode(GOOD).replace(b'"schema":1', b'"schema":2')] * 400
    for _ in range(2):
        monitor = Monitor(tmp_path)
        await monitor.worker.router._read(FakeStream(values, topic=SCORED.name))
        assert (monitor.letters(), monitor.by_key.sent) == ([], [])
    assert statuses == [65, 65]
    said = caplog.records[-1].getMessage()
    assert said.startswith("the router stops: 200 of the last 200 records cannot be used")
    assert "unknown_schema: expected schema 1, got 2" in said
