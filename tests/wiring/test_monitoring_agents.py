"""Monitoring's agents on streams, topics and tables of the test's own: what is sent, acknowledged and buried, when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.detector.market.messages import KeyClosed, KeyOpened, PartitionPassed
from services.detector.market.state import MarketState
from services.detector.shared import DailyAggregate
from services.domain.messages import (
    BudgetStatus,
    KeyedText,
    Message,
    Origin,
    WatermarkUpdate,
)
from services.kafka.codec import Codec, encode
from services.kafka.topics import BY_KEY, MARKET, SCORED
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, START, daily_aggregate, keyed_text, scored, watermark_update
from tests.harness.agent_stream import FakeStream, until
from tests.harness.monitor import Monitor, run

DAY_0 = START // DAY
by_key_codec = Codec(KeyedText, WatermarkUpdate, DailyAggregate)
market_codec = Codec(KeyOpened, KeyClosed, PartitionPassed)


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return Monitor(tmp_path)


def by_key(messages: Sequence[Message | bytes], partition: int = 0) -> FakeStream:
    values = [one if isinstance(one, bytes) else encode(one) for one in messages]
    return FakeStream(values, topic=BY_KEY.name, partition=partition)


def everywhere(time: int) -> list[WatermarkUpdate]:
    """All raw partitions are at a time."""
    topics = ("news.raw", "comments.raw")
    return [watermark_update(time, partition=p, topic=topic) for topic in topics for p in range(BY_KEY.partitions)]


async def test_the_router_sends_texts_by_key_and_watermarks_to_all_partitions(monitor: Monitor) -> None:
    one = scored(7, START, NEGATIVE, topics={"earnings": 0.9})
    foreign = scored(8, START + MINUTE, lang="other")
    stream = FakeStream([encode(one), b"nonsense", encode(foreign)], topic=SCORED.name)
    await monitor.worker.router._read(stream)
    sent = [(record["key"], by_key_codec.decode(record["value"])) for record in monitor.by_key.sent]
    assert sent[:2] == [
        (b"company:ACME", KeyedText(key="company:ACME", text=one)),
        (b"topic:earnings", KeyedText(key="topic:earnings", text=one)),
    ]
    assert [message for _, message in sent[2:]] == [watermark_update(START + MINUTE, partition=0, offset=8)] * 4
    assert [record["partition"] for record in monitor.by_key.sent[2:]] == [0, 1, 2, 3]
    assert [(letter.reason, letter.origin) for letter in monitor.letters()] == [
        ("invalid_json", Origin(topic=SCORED.name, partition=2, offset=1))
    ]
    assert monitor.value("texts_in_total", stage="monitoring", kind="comment") == 2
    assert monitor.value("texts_unsupported_total", kind="comment") == 1
    assert monitor.value("texts_dead_total", stage="monitoring", reason="invalid_json") == 1


async def test_the_detector_acknowledges_in_order_once_the_changelog_has_it(monitor: Monitor) -> None:
    monitor.table.at_once = False
    stream = by_key([keyed_text(1, START), keyed_text(2, START + MINUTE), b"nonsense"])
    task = asyncio.create_task(monitor.worker.detector._read(stream))
    await until(lambda: len(monitor.table.unconfirmed) == 2 and monitor.dead.sent)
    for delivery in reversed(monitor.table.unconfirmed):
        assert stream.acked == []
        delivery.set_result(None)
        await asyncio.sleep(0)
    await until(lambda: stream.acked == [0, 1, 2])
    task.cancel()
    assert list(monitor.table) == [b"text/0/company:ACME", b"text/1/company:ACME"]
    assert monitor.value("texts_out_total", stage="monitoring", kind="comment") == 2


async def test_a_key_that_is_none_is_buried_and_the_next_record_is_applied(monitor: Monitor) -> None:
    bad = msgspec.structs.replace(keyed_text(1, START), key="person:Musk")
    await run(monitor.worker.detector, by_key([bad, keyed_text(2, START)]), acknowledged=2)
    (letter,) = monitor.letters()
    assert (letter.reason, letter.stage) == ("invalid_field", "monitoring")
    assert letter.detail.startswith("key: expected a key such as company:AAPL")
    assert list(monitor.table) == [b"text/0/company:ACME"]


async def test_the_detector_waits_for_the_aggregates_of_all_partitions(monitor: Monitor) -> None:
    end = START + DAY + 2 * HOUR
    early = [keyed_text(1, START), *everywhere(end), keyed_text(2, end)]
    others = [daily_aggregate(partition, day) for day in (DAY_0 - 1, DAY_0) for partition in range(BY_KEY.partitions)]
    stream = by_key([*early, *others])
    await run(monitor.worker.detector, stream, acknowledged=len(early) + len(others))
    assert stream.acked == list(range(len(early) + len(others)))
    aggregates = [m for r in monitor.by_key.sent if isinstance(m := by_key_codec.decode(r["value"]), DailyAggregate)]
    assert [(one.day, one.keys) for one in aggregates[::4]] == [(DAY_0 - 1, {}), (DAY_0, {"company": 1})]
    assert [record["partition"] for record in monitor.by_key.sent] == [0, 1, 2, 3] * 2
    assert monitor.value("watermark_timestamp_seconds", partition="0") == end / 1000
    statuses = [Codec(BudgetStatus).decode(record["value"]) for record in monitor.budget.sent]
    assert statuses[-1].day == DAY_0
    last = market_codec.decode(monitor.market.sent[-1]["value"])
    assert last == PartitionPassed(partition=0, time=end)


async def test_what_was_read_before_a_rebalance_is_not_acknowledged_after_it(monitor: Monitor) -> None:
    detector = monitor.worker.detector
    sent = asyncio.Event()

    async def revoked(**record: Any) -> asyncio.Future[None]:
        await detector._forget()
        sent.set()
        return await monitor.by_key.send(**record)

    detector._output._by_key = type("Topic", (), {"send": staticmethod(revoked)})()
    stream = by_key([keyed_text(1, START), *everywhere(START + HOUR)])
    task = asyncio.create_task(detector._read(stream))
    await sent.wait()
    await until(lambda: len(stream.acked) == len(everywhere(START)))
    await asyncio.sleep(0)
    task.cancel()
    assert stream.acked == list(range(len(everywhere(START))))  # but for the watermark that let the partition begin


async def test_the_market_wide_rule_buries_what_it_cannot_read_and_goes_on(monitor: Monitor) -> None:
    opened = [
        KeyOpened(key=f"company:C{n}", incident=f"i{n}", time=START + n * MINUTE, keys=20, p_value=1e-4, evidence=None)
        for n in range(5)
    ]
    bad = KeyClosed(key="nonsense", incident="i", time=START)
    all_passed = [PartitionPassed(partition=p, time=START + HOUR) for p in range(BY_KEY.partitions)]
    messages = [*opened[:3], bad, *opened[3:], *all_passed]
    stream = FakeStream([encode(one) for one in messages], topic=MARKET.name, partition=0)
    await run(monitor.worker.market, stream, acknowledged=len(messages))
    assert [letter.reason for letter in monitor.letters()] == ["invalid_field"]
    assert [record["key"] for record in monitor.alerts.sent] == [b"market:company@2014-08-01T00:04:00Z"]
    state = msgspec.msgpack.decode(monitor.market_table[b"market"], type=MarketState)
    assert state.until == START + HOUR
    assert monitor.value("alerts_total", what="raised", kind="market") == 1
