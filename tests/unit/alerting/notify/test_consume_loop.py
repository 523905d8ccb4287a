"""The five steps from a record of `alerts` to its commit, with made Kafka clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import CollectorRegistry

from services.alerting.incidents.store import IncidentChange, IncidentStore
from services.alerting.notify.consume_loop import ConsumeLoop, alerts_codec
from services.alerting.notify.session import Session
from services.alerting.notify.start_up import StartUp
from services.alerting.notify.state import RelayState
from services.clock import now_ms
from services.domain.messages import IncidentRaised, IncidentRecord
from services.kafka.border import Border
from services.kafka.codec import Codec, encode
from services.kafka.group_consumer import GroupConsumer, Polled
from services.kafka.producer_record import ProducerRecord
from services.kafka.record_producer import RecordProducer
from services.kafka.topics import DEAD, INCIDENTS
from services.observability.metrics import Metrics
from services.settings import load_settings
from tests.factories import ESCALATED, raised
from tests.harness.relay_driver import company


class Consumed(NamedTuple):
    value: bytes
    offset: int
    topic: str = "alerts"
    partition: int = 0
    timestamp: int = 0


class MadeConsumer(GroupConsumer):
    """Gives `messages`, then nothing; notes what is committed."""

    def __init__(self, *messages: IncidentRaised | bytes) -> None:
        self.assigned = False
        self.polls = [
            [Consumed(one if isinstance(one, bytes) else encode(one), offset, timestamp=now_ms())]
            for offset, one in enumerate(messages)
        ]
        self.committed: list[int] = []
        self.is_closed = False

    def poll(self) -> Polled:
        if not self.assigned:
            self.assigned = True
            return Polled([], reassigned=True)
        return Polled(self.polls.pop(0) if self.polls else [], reassigned=False)

    def is_at_end(self) -> bool:
        return not self.polls

    def commit(self, offset: int) -> bool:
        self.committed.append(offset)
        return True

    def close(self) -> None:
        self.is_closed = True


class MadeProducer(RecordProducer):
    """Notes what is written, and how much the state knew of it then."""

    def __init__(self, known: Callable[[], int | None]) -> None:
        self.written: list[ProducerRecord] = []
        self.known_before: list[int | None] = []
        self._known = known

    def write(self, records: Sequence[ProducerRecord]) -> None:
        self.known_before.append(self._known())
        self.written += records

    def close(self) -> None:
        """Nothing is open."""


class Bench:
    """A loop over made clients, with a session that has a state or, without an Alertmanager, none."""

    def __init__(self, folder: Path, *messages: IncidentRaised | bytes, with_state: bool = True) -> None:
        self.registry = CollectorRegistry()
        incidents = IncidentStore()
        self.state = RelayState(incidents, first_start=False, grafana="")
        self.session = Session(incidents, self.state if with_state else None)
        self.consumer, self.producer = MadeConsumer(*messages), MadeProducer(self.state.first_pending)
        self.border = Border("relay", alerts_codec, load_settings(state_dir=folder))
        self.loop = ConsumeLoop(self.consumer, self.producer, self.border, lambda: self.session, Metrics(self.registry))

    async def run_until(self, condition: Callable[[], bool]) -> None:
        """Run it until the condition holds; then close it."""
        running = asyncio.create_task(self.loop.run())
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await self.loop.close()


async def test_an_incident_is_written_before_the_state_hears_of_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, raised(), ESCALATED)
    await bench.run_until(lambda: bench.state.start_up is StartUp.ADOPTING)
    assert bench.producer.known_before == [None, 0]
    records = [Codec(IncidentRecord).decode(record.value) for record in bench.producer.written]
    assert [record.raised for record in records] == [raised(), ESCALATED]


async def test_only_what_an_alertmanager_has_taken_is_committed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, raised(), company("MSFT"))
    await bench.run_until(lambda: bench.state.start_up is StartUp.ADOPTING)
    assert (bench.session.next_offset, bench.session.offset_to_commit(), bench.consumer.committed) == (2, 0, [])
    bench.state.adopt([], now_ms())
    bench.state.tick(now_ms() + 2_000)
    for post in bench.state.alerts.due("am", now_ms()):
        if post.labels["entity"] == "AAPL":
            bench.state.alerts.confirm("am", post, now_ms())
    await bench.loop.close()
    assert bench.consumer.committed == [1]


async def test_without_an_alertmanager_what_is_written_is_committed_and_what_cannot_be_used_counted(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, b"\xff", raised(), with_state=False)
    await bench.run_until(lambda: bench.session.next_offset == 2)
    assert (bench.consumer.committed[-1], bench.consumer.is_closed) == (2, True)
    assert [record.topic for record in bench.producer.written] == [DEAD.name, INCIDENTS.name]
    dead = {"stage": "relay", "reason": "invalid_utf8"}
    assert bench.registry.get_sample_value("groundswell_texts_dead_total", dead) == 1


async def test_what_crashes_the_relay_twice_is_buried_and_the_next_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = RelayState.apply

    def crashes(state: RelayState, change: IncidentChange, now: int) -> None:
        if change.record.raised.entity == "AAPL":
            raise KeyError("no such thing")
        apply(state, change, now)

    monkeypatch.setattr(RelayState, "apply", crashes)
    for _ in range(2):
        bench = Bench(tmp_path, raised(), company("MSFT"))
        running = asyncio.create_task(bench.loop.run())
        with pytest.raises(KeyError):
            await running
    bench = Bench(tmp_path, raised(), company("MSFT"))
    await bench.run_until(lambda: bench.session.next_offset == 2)
    letter, record = bench.producer.written
    assert (letter.topic, letter.key, record.topic) == (DEAD.name, b"poison", INCIDENTS.name)
    assert Codec(IncidentRecord).decode(record.value).raised.entity == "MSFT"


async def test_a_relay_that_stands_by_reads_and_commits_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, raised())
    loop = ConsumeLoop(bench.consumer, bench.producer, bench.border, lambda: None, Metrics(CollectorRegistry()))
    bench.loop = loop
    await bench.run_until(lambda: bench.consumer.polls == [])
    assert (loop.session, bench.producer.written, bench.consumer.committed) == (None, [], [])
