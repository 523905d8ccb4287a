"""Outbox: whatever the broker and the disk do, what was accepted is delivered or on disk, in the order it came."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from services.domain.errors import BrokerRefused
from services.ingest.delivery import outbox as outbox_module
from services.ingest.delivery import sender as sender_module
from services.ingest.delivery.callbacks import DeliveryCallbacks
from services.ingest.delivery.not_accepted import NotAccepted
from services.ingest.delivery.outbox import Outbox
from services.ingest.delivery.spool import Spool
from services.kafka.errors import RecordRefused
from services.kafka.producer_record import ProducerRecord
from tests.harness.fake_connection import FakeConnection
from tests.harness.spooled import numbers, record_of
from tests.harness.support import wait_until

NEVER = threading.Event()


class Bench:
    """An outbox with a fake broker, and what its callbacks heard."""

    def __init__(self, path: Path) -> None:
        self.connection = FakeConnection()
        self.spool = Spool(path, ["0"], 1_000_000)
        self.delivered: list[ProducerRecord] = []
        self.sizes: list[int] = []
        self.patient = False
        self.outbox = Outbox(
            self.connection,
            self.spool,
            DeliveryCallbacks(self.delivered.append, self.refused, self.sizes.append),
            lambda: self.patient,
        )

    def refused(self, refused: ProducerRecord, _error: RecordRefused) -> ProducerRecord | None:
        """A dead letter of the same number, unless it is one."""
        return None if refused.topic == "dead" else ProducerRecord("dead", b"too_large", refused.value)

    def start(self) -> None:
        """Start and wait for the connection."""
        self.outbox.start()
        assert self.outbox.wait_until_reached(30, NEVER)

    def send(self, *which: int) -> None:
        """Send records and wait until they are safe."""
        for accepted in [self.outbox.send(record_of(number)) for number in which]:
            accepted.result(30)

    def all_delivered(self) -> bool:
        """Wait until the broker has everything."""
        return self.outbox.wait_until_delivered(30, NEVER)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(sender_module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(sender_module, "LONGEST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(outbox_module, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(outbox_module, "ROOM_SECONDS", 0.05)
    bench = Bench(tmp_path)
    yield bench
    bench.patient = False
    bench.outbox.close(0)


def _full(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_straight_through(bench: Bench) -> None:
    bench.start()
    bench.send(0, 1, 2)
    assert bench.outbox.close(30) == 0
    assert bench.connection.numbers() == [0, 1, 2]
    assert numbers(bench.delivered) == [0, 1, 2]
    assert set(bench.sizes) == {0}
    assert bench.outbox.refused == 0


def test_no_broker_then_a_broker(bench: Bench) -> None:
    bench.connection.down = True
    bench.outbox.start()
    bench.send(0, 1, 2)
    assert bench.connection.received == []
    before = bench.connection.connects
    wait_until(lambda: bench.connection.connects >= before + 2, 30)
    bench.connection.down = False
    bench.send(3)
    assert bench.all_delivered()
    assert bench.connection.numbers() == [0, 1, 2, 3]
    assert numbers(bench.delivered) == [0, 1, 2, 3]
    assert max(bench.sizes) in (3, 4)
    wait_until(lambda: bench.sizes[-1] == 0, 30)


def test_a_failure_puts_all_later_records_behind_it(bench: Bench) -> None:
    bench.start()
    bench.connection.silent = True
    bench.send(0, 1, 2)
    bench.connection.down = True
    bench.connection.silent = False
    bench.send(3, 4, 5)
    wait_until(lambda: bench.connection.connects >= 3, 30)
    assert numbers(bench.spool.peek(10)) == [0, 1, 2, 3, 4, 5]
    bench.connection.down = False
    assert bench.all_delivered()
    assert bench.connection.numbers() == [0, 1, 2, 3, 4, 5]


def test_after_a_failure_in_a_group_it_goes_on_behind_the_last_that_arrived(bench: Bench) -> None:
    bench.connection.down = True
    bench.outbox.start()
    bench.send(*range(10))
    bench.connection.taking = 3
    bench.connection.down = False
    assert bench.all_delivered()
    assert bench.connection.numbers() == list(range(10))
    assert bench.connection.connects >= 4


def test_what_an_earlier_process_left_goes_first(bench: Bench) -> None:
    bench.spool.append([record_of(number) for number in range(2_200)])
    bench.start()
    bench.send(2_200)
    assert bench.all_delivered()
    assert bench.connection.numbers() == list(range(2_201))


def test_close_leaves_on_disk_what_has_no_answer(bench: Bench) -> None:
    bench.start()
    bench.connection.silent = True
    bench.send(0, 1, 2)
    assert bench.outbox.close(0.1) == 3
    assert numbers(bench.spool.peek(10)) == [0, 1, 2]


def test_what_is_sent_after_the_end_is_refused(bench: Bench) -> None:
    bench.start()
    bench.outbox.close(0)
    with pytest.raises(NotAccepted, match="the process ends"):
        bench.outbox.send(record_of(1)).result(30)
    assert bench.outbox.refused == 1


def test_a_record_that_is_refused_becomes_a_dead_letter_and_blocks_nothing(bench: Bench) -> None:
    good = ProducerRecord("comments.raw", b"s", b'{"n":9}')
    bench.spool.append([record_of(1), good])
    bench.connection.refusing = {"news.raw"}
    bench.start()
    assert bench.all_delivered()
    assert sorted((each.topic, each.key, each.value) for each in bench.connection.received) == [
        ("comments.raw", b"s", b'{"n":9}'),
        ("dead", b"too_large", b'{"n":1}'),
    ]


def test_a_dead_letter_that_is_refused_too_blocks_nothing(bench: Bench) -> None:
    bench.connection.refusing = {"news.raw", "dead"}
    bench.start()
    bench.send(1, 2)
    assert bench.all_delivered()
    assert bench.connection.received == []


def test_a_full_disk_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.start()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _full)
        with pytest.raises(NotAccepted, match=r"the disk refuses the spool .*: No space left on device"):
            bench.send(1)
    bench.send(2)
    assert bench.all_delivered()
    assert (bench.connection.numbers(), bench.outbox.refused) == ([2], 1)


def test_the_patient_wait_until_the_disk_has_room(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.patient = True
    bench.start()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _full)
        accepted = [bench.outbox.send(record_of(number)) for number in range(3)]
        assert not bench.outbox.wait_until_delivered(0.1, NEVER)
        assert not any(each.done() for each in accepted)
        assert bench.outbox.pending() == 3
    assert bench.all_delivered()
    assert (bench.connection.numbers(), bench.outbox.refused) == ([0, 1, 2], 0)


def test_who_waits_for_room_is_let_go_at_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _full)
    bench.patient = True
    bench.start()
    accepted: list[Future[None]] = []
    blocked = threading.Thread(
        target=lambda: accepted.extend(bench.outbox.send(record_of(n)) for n in range(outbox_module.MAX_PENDING + 10))
    )
    blocked.start()
    wait_until(lambda: bench.outbox.pending() == outbox_module.MAX_PENDING, 30)
    assert blocked.is_alive()
    bench.patient = False
    blocked.join(30)
    assert not blocked.is_alive()
    bench.outbox.close(0)
    assert all(isinstance(each.exception(30), NotAccepted) for each in accepted)
    assert bench.outbox.refused == outbox_module.MAX_PENDING + 10


def test_one_sync_serves_all_that_have_gathered(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.start()
    bench.send(0)
    syncs: list[int] = []
    may_sync = threading.Event()

    def sync(descriptor: int) -> None:
        syncs.append(descriptor)
        assert may_sync.wait(30)

    monkeypatch.setattr(os, "fsync", sync)
    accepted = [bench.outbox.send(record_of(1))]
    wait_until(lambda: syncs, 30)
    accepted += [bench.outbox.send(record_of(number)) for number in range(2, 100)]
    assert not accepted[0].done()
    may_sync.set()
    for each in accepted:
        each.result(30)
    assert len(syncs) == 2


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
    assert bench.all_delivered()
    arrived = list(dict.fromkeys(bench.connection.numbers()))
    assert len(arrived) == 800
    for source in range(4):
        own = [number for number in arrived if number // 1_000 == source]
        assert own == sorted(own)


def test_who_waits_for_a_broker_that_refuses_us_is_told_at_once(bench: Bench) -> None:
    bench.connection.failure = BrokerRefused(bench.connection.broker, "no right to write to news.raw")
    bench.outbox.start()
    with pytest.raises(BrokerRefused, match=r"no right to write to news\.raw"):
        bench.outbox.wait_until_reached(30, NEVER)
