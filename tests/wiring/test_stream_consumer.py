"""What a worker reads, commits and resumes while its group rebalances."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaError
from faust.tables.recovery import RebalanceAgain
from faust.types import TP

from services.kafka.app import make_app
from services.kafka.stream_consumer import StreamConsumer, StreamThread
from services.settings import load_settings

MINE, OTHER = TP("news.raw", 0), TP("news.raw", 1)


class FakeFetcher:
    """A fetch that takes what it finds of all partitions, and meanwhile something happens."""

    _closed = False

    def __init__(self, found: dict[TP, list[int]], meanwhile: Callable[[], object]) -> None:
        self._found, self._meanwhile = found, meanwhile
        self._subscriptions = SimpleNamespace(fetch_context=self._fetch_context)
        self.sought: dict[TP, int] = {}

    @contextlib.contextmanager
    def _fetch_context(self) -> Iterator[None]:
        yield

    async def fetched_records(self, _parts: Any, timeout: float, max_records: int) -> dict[TP, list[Any]]:
        assert (timeout, max_records) == (1.0, 500)
        self._meanwhile()
        return {part: [SimpleNamespace(offset=offset) for offset in offsets] for part, offsets in self._found.items()}

    def seek_to(self, part: TP, offset: int) -> None:
        self.sought[part] = offset


async def fetch(
    found: dict[TP, list[int]], meanwhile: Callable[[SimpleNamespace, set[TP]], object]
) -> tuple[dict[TP, list[int]], dict[TP, int]]:
    """The offsets that are read of `MINE` and those that are given back."""
    thread: Any = object.__new__(StreamThread)
    thread.consumer, active = SimpleNamespace(flow_active=True), {MINE}
    fetcher = FakeFetcher(found, lambda: meanwhile(thread.consumer, active))
    consumer = SimpleNamespace(_fetcher=fetcher, _closed=False)
    read = await thread._fetch_records(consumer, active, timeout=1.0, max_records=500)
    return {part: [each.offset for each in records] for part, records in read.items()}, fetcher.sought


async def test_what_is_fetched_of_active_partitions_is_read() -> None:
    assert await fetch({MINE: [5, 6]}, lambda *_: None) == ({MINE: [5, 6]}, {})


async def test_what_is_fetched_after_the_flow_was_stopped_is_given_back() -> None:
    def stop(consumer: SimpleNamespace, _active: set[TP]) -> None:
        consumer.flow_active = False

    assert await fetch({MINE: [5, 6], OTHER: [0, 1]}, stop) == ({}, {MINE: 5, OTHER: 0})


async def test_what_is_fetched_of_a_paused_partition_is_given_back() -> None:
    """With no active partition aiokafka takes the records of all."""

    def pause(_consumer: SimpleNamespace, active: set[TP]) -> None:
        active.clear()

    assert await fetch({MINE: [5, 6], OTHER: [3]}, pause) == ({}, {MINE: 5, OTHER: 3})

    def exchange(_consumer: SimpleNamespace, active: set[TP]) -> None:
        active.clear()
        active.add(OTHER)

    assert await fetch({MINE: [5, 6], OTHER: [3]}, exchange) == ({OTHER: [3]}, {MINE: 5})


def consumer_of(app: Any) -> Any:
    assert isinstance(app.consumer, StreamConsumer)
    return app.consumer


async def test_nothing_flows_after_a_rebalance_has_begun_also_without_partitions() -> None:
    consumer = consumer_of(make_app("test-stream-consumer", load_settings()))
    heard: list[set[TP]] = []

    async def revoked(parts: set[TP]) -> None:
        heard.append(parts)

    consumer._on_partitions_revoked = revoked
    assert consumer.flow_active
    await consumer.on_partitions_revoked(set())
    assert not consumer.flow_active
    assert heard == [set()]


async def test_nothing_is_committed_while_the_group_rebalances(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app("test-stream-consumer", load_settings())
    consumer, commits = consumer_of(app), []

    async def force_commit(topics: Any, start_new_transaction: bool) -> bool:
        commits.append((topics, start_new_transaction))
        return True

    monkeypatch.setattr(consumer, "force_commit", force_commit)
    app.rebalancing = True
    assert not await consumer.commit()
    app.rebalancing = False
    assert await consumer.commit()
    assert commits == [(None, True)]


async def test_an_error_of_the_group_is_known() -> None:
    """aiokafka keeps it for whoever asks it for records, which Faust never does."""

    async def fail() -> None:
        raise ValueError("unexpected")

    consumer = consumer_of(make_app("test-stream-consumer", load_settings()))
    assert consumer.group_error() is None
    running, failed = asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(fail())
    coordinator = SimpleNamespace(_coordination_task=running, _pending_exception=None)
    consumer._thread._consumer = SimpleNamespace(_coordinator=coordinator)
    assert consumer.group_error() is None
    coordinator._pending_exception = KafkaError("refused")
    assert consumer.group_error() is coordinator._pending_exception
    coordinator._pending_exception = None
    await asyncio.wait([running, failed])
    assert consumer.group_error() is None
    coordinator._coordination_task = failed
    assert str(consumer.group_error()) == "unexpected"


@pytest.mark.parametrize("overtaken", [False, True])
async def test_streams_are_not_resumed_once_another_rebalance_has_begun(
    monkeypatch: pytest.MonkeyPatch, overtaken: bool
) -> None:
    app = make_app("test-stream-consumer", load_settings())
    consumer, recovery = consumer_of(app), app.tables.recovery
    app.rebalancing_count, app.consumer_generation_id = 1, 7
    monkeypatch.setattr(app.assignor, "assigned_actives", set)
    monkeypatch.setattr(app.assignor, "assigned_standbys", set)
    monkeypatch.setattr(consumer, "assignment", lambda: {MINE})
    started: list[bool] = []

    async def seek() -> None:
        app.rebalancing_count += overtaken

    async def start() -> None:
        started.append(True)

    monkeypatch.setattr(consumer, "perform_seek", seek)
    monkeypatch.setattr(app._fetcher, "maybe_start", start)
    consumer.stop_flow()
    await recovery.on_rebalance({MINE}, set(), {MINE}, 7)
    recovery.signal_recovery_start.clear()  # as the service does before it begins
    if overtaken:
        with pytest.raises(RebalanceAgain):
            await recovery._resume_streams(7)
    else:
        await recovery._resume_streams(7)
    assert consumer.flow_active is not overtaken
    assert started == ([] if overtaken else [True])
