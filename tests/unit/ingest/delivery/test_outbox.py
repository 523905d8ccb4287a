"""Outbox: whatever the broker does, each record is delivered or on disk, in the order it came."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ingest.delivery import outbox as outbox_module
from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.delivery.outbox import Outbox
from services.ingest.delivery.spool import Spool
from services.kafka.errors import RecordRefused
from services.kafka.producer_record import ProducerRecord
from tests.harness.fake_connection import FakeConnection
from tests.harness.spooled import numbers, record_of
from tests.harness.support import wait_until


class Bench:
    """An outbox with a fake broker, and what its callbacks heard."""

    def __init__(self, path: Path) -> None:
        self.connection = FakeConnection()
        self.spool = Spool(path / "0.jsonl")
        self.delivered: list[ProducerRecord] = []
        self.sizes: list[int] = []
        self.outbox = Outbox(
            self.connection, self.spool, DeliveryCallbacks(self.delivered.append, self.refused, self.sizes.append)
        )

    def refused(self, refused: ProducerRecord, _error: RecordRefused) -> ProducerRecord | None:
        """A dead letter of the same number, unless it is one."""
        return None if refused.topic == "dead" else ProducerRecord("dead", b"too_large", refused.value)

    def start(self) -> None:
        """Start and wait for the connection."""
        self.outbox.start()
        assert self.outbox.wait_until_up(5, threading.Event())


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(outbox_module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(outbox_module, "LONGEST_PAUSE_SECONDS", 0.05)
    bench = Bench(tmp_path)
    yield bench
    if bench.outbox._thread.is_alive():
        bench.outbox.close(0)


def test_straight_through(bench: Bench) -> None:
    bench.start()
    statuses = [bench.outbox.send(record_of(number)) for number in range(3)]
    assert [status.result(5) for status in statuses] == ["delivered"] * 3
    assert bench.connection.numbers() == [0, 1, 2]
    assert bench.outbox.close(5) == 0
    assert numbers(bench.delivered) == [0, 1, 2]


def test_no_broker_then_a_broker(bench: Bench) -> None:
    bench.connection.down = True
    bench.outbox.start()
    statuses = [bench.outbox.send(record_of(number)) for number in range(3)]
    assert [status.result(5) for status in statuses] == ["spooled"] * 3
    assert bench.connection.received == []
    wait_until(lambda: bench.connection.connects >= 3, 5)
    bench.connection.down = False
    assert bench.outbox.wait_until_up(5, threading.Event())
    assert bench.outbox.send(record_of(3)).result(5) == "delivered"
    assert bench.connection.numbers() == [0, 1, 2, 3]
    assert numbers(bench.delivered) == [0, 1, 2, 3]
    assert (max(bench.sizes), bench.sizes[-1]) == (3, 0)


def test_a_failure_puts_all_later_records_behind_it(bench: Bench) -> None:
    bench.start()
    bench.connection.delaying = True
    early = [bench.outbox.send(record_of(number)) for number in range(3)]
    bench.connection.down = True
    bench.connection.answer(fail=True)
    late = [bench.outbox.send(record_of(number)) for number in range(3, 6)]
    assert [status.result(5) for status in early + late] == ["spooled"] * 6
    bench.connection.delaying = bench.connection.down = False
    assert bench.outbox.wait_until_up(5, threading.Event())
    assert bench.connection.numbers() == [0, 1, 2, 3, 4, 5]


def test_records_wait_for_the_disk_until_those_before_them_have_an_answer(bench: Bench) -> None:
    bench.start()
    bench.connection.delaying = True
    first = bench.outbox.send(record_of(0))
    second = bench.outbox.send(record_of(1))
    unanswered = bench.connection.unanswered
    bench.connection.unanswered = unanswered[:1]
    bench.connection.answer(fail=True)
    bench.connection.down = True
    third = bench.outbox.send(record_of(2))
    assert not first.done()
    assert not third.done()
    bench.connection.unanswered = unanswered[1:]
    bench.connection.answer(fail=True)
    assert [status.result(5) for status in (first, second, third)] == ["spooled"] * 3
    assert numbers(bench.spool.peek(10)) == [0, 1, 2]


def test_what_an_earlier_process_left_goes_first(bench: Bench) -> None:
    bench.spool.append([record_of(number) for number in range(1_200)])
    bench.start()
    bench.outbox.send(record_of(1_200)).result(5)
    assert bench.connection.numbers() == list(range(1_201))


def test_close_leaves_on_disk_what_has_no_answer(bench: Bench) -> None:
    bench.start()
    bench.connection.delaying = True
    statuses = [bench.outbox.send(record_of(number)) for number in range(3)]
    bench.connection.down = True
    assert bench.outbox.close(0.1) == 3
    assert [status.result(5) for status in statuses] == ["spooled"] * 3
    assert numbers(bench.spool.peek(10)) == [0, 1, 2]


def test_a_record_that_is_refused_becomes_a_dead_letter_and_blocks_nothing(bench: Bench) -> None:
    bench.start()
    bench.connection.refusing = {"news.raw"}
    assert bench.outbox.send(record_of(1)).result(5) == "delivered"
    assert [(each.topic, each.key) for each in bench.connection.received] == [("dead", b"too_large")]


def test_a_refused_record_on_disk_does_not_block_those_behind_it(bench: Bench) -> None:
    good = ProducerRecord("comments.raw", b"s", b'{"n":9}')
    bench.spool.append([record_of(1), good])
    bench.connection.refusing = {"news.raw"}
    bench.start()
    assert [(each.topic, each.key) for each in bench.connection.received] == [
        ("comments.raw", b"s"),
        ("dead", b"too_large"),
    ]


def test_a_full_disk_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.connection.down = True
    bench.outbox.start()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        bench.outbox.send(record_of(1)).result(5)


def test_many_senders_none_lost(bench: Bench) -> None:
    bench.start()

    def send(source: int) -> None:
        for number in range(200):
            bench.outbox.send(record_of(source * 1_000 + number))

    senders = [threading.Thread(target=send, args=(source,)) for source in range(4)]
    for sender in senders:
        sender.start()
    for _ in range(5):
        bench.connection.down = not bench.connection.down
        threading.Event().wait(0.02)
    bench.connection.down = False
    for sender in senders:
        sender.join()
    assert bench.outbox.close(10) == 0
    arrived = bench.connection.numbers()
    assert len(arrived) == len(set(arrived)) == 800
    for source in range(4):
        own = [number for number in arrived if number // 1_000 == source]
        assert own == sorted(own)
