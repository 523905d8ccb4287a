"""A broker that flaps or says nothing, a full disk, a signal at the wrong moment: what ingest has accepted is kept."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pytest

from services.ingest.delivery.spool import Spool
from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from tests.harness.brokers import KafkaNode, embedded_broker, kafka_node, why_no_kafka
from tests.harness.ingest_process import TOKEN, ingest, post, texts, wait_for_end, wait_for_log
from tests.harness.ledger import Poster
from tests.harness.ports import free_port
from tests.harness.small_disk import fill, small_disk
from tests.harness.support import consume, wait_until

pytestmark = pytest.mark.slow
LISTENS = r"POST http://127\.0\.0\.1:(\d+)/v1/texts"


def _restart(node: KafkaNode, poster: Poster) -> None:
    """Kill the broker while texts flow, and start it again after three seconds."""
    before = len(poster.ledger.ids)
    wait_until(lambda: len(poster.ledger.ids) > before + 100, 120)
    node.kill()
    threading.Event().wait(3.0)
    node.start()


@pytest.mark.timeout(600)  # three starts of Apache Kafka, which take a minute each on a busy machine
@pytest.mark.skipif(bool(why_no_kafka()), reason=why_no_kafka())
def test_a_broker_that_is_killed_twice_while_texts_flow(tmp_path: Path) -> None:
    with kafka_node(tmp_path) as node:
        create_topics(Broker(node.address), replication=1)
        with ingest(tmp_path, node.address, "http", "--port", "0", http_token=TOKEN) as child:
            port = int(wait_for_log(child, LISTENS)[1])
            with Poster(port, "flapped") as poster:
                _restart(node, poster)
                _restart(node, poster)
            assert poster.refused == 0
            consume(node.address, "comments.raw", len(poster.ledger.ids), 120)
            child.ask_to_stop()
            assert wait_for_end(child)[0] == 0
        account = poster.ledger.settle(node.address)
        assert (account.lost, account.out_of_order) == ([], [])
        assert list((tmp_path / "state" / "spool").glob("*.jsonl")) == []


def test_a_pipe_is_stopped_while_its_broker_is_gone(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ExitStack() as ends_early:
        broker = ends_early.enter_context(embedded_broker(tmp_path))
        create_topics(Broker(broker), replication=1)
        with ingest(tmp_path, broker, "jsonl", str(pipe)) as child, pipe.open("wb", buffering=0) as writer:
            writer.write(b'{"id":"0","text":"a"}\n')
            wait_until(lambda: texts(broker, "comments.raw", "pipe"), 120)
            ends_early.close()
            writer.write(b"".join(b'{"id":"%d","text":"a"}\n' % number for number in range(1, 1_000)))
            wait_until(lambda: _lines_on_disk(tmp_path) >= 999, 120)
            child.ask_to_stop()
            status, counts = wait_for_end(child)
        assert (status, counts["texts"]) == (1, 1_000)
        assert "999 texts were not delivered; they wait on disk and go first at the next start" in child.last_log_line()
        assert _waiting(tmp_path) == 999


def test_a_broker_that_says_nothing_holds_nobody_up(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(100)
        broker = f"127.0.0.1:{silent.getsockname()[1]}"
        with ingest(tmp_path, broker, "http", "--port", "0", http_token=TOKEN) as child:
            port = int(wait_for_log(child, LISTENS)[1])
            assert post(port, [{"id": str(number), "text": "a"} for number in range(100)])[0] == 202
            child.ask_to_stop()
            assert wait_for_end(child)[0] == 0
    assert "100 texts wait in" in child.last_log_line()
    assert _waiting(tmp_path) == 100


@pytest.fixture(name="disk")
def made_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes at `state`."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(small_disk(tmp_path / "state"))
        except PermissionError as error:
            pytest.skip(str(error))


def test_a_full_disk_refuses_keeps_and_empties(tmp_path: Path, disk: Path) -> None:
    port = free_port()
    options = ("http", "--port", "0")
    accepted = 0
    with ingest(tmp_path, f"127.0.0.1:{port}", *options, http_token=TOKEN) as child:
        http = int(wait_for_log(child, LISTENS)[1])
        while (answer := post(http, _batch(accepted)))[0] == 202:
            accepted += 100
        assert answer == (503, {"error": "texts cannot be kept safe now; send them again later"})
        child.ask_to_stop()
        assert wait_for_end(child)[0] == 0
    child.log.unlink()
    fill(disk)
    assert os.statvfs(disk).f_bavail == 0
    assert accepted > 100
    with (
        ingest(tmp_path, f"127.0.0.1:{port}", *options, http_token=TOKEN) as child,
        embedded_broker(tmp_path, port) as broker,
    ):
        create_topics(Broker(broker), replication=1)
        http = int(wait_for_log(child, LISTENS)[1])
        consume(broker, "comments.raw", accepted, 120)
        arrived = [int(text.event_id) for text in texts(broker, "comments.raw", "http")]
        assert arrived[:accepted] == list(range(accepted))  # of the batch that was refused some may follow
        wait_until(lambda: post(http, _batch(accepted))[0] == 202, 120)


def test_a_pipe_waits_for_a_full_disk_and_says_what_it_could_not_keep(tmp_path: Path, disk: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with embedded_broker(tmp_path) as broker:
        create_topics(Broker(broker), replication=1)
        with ingest(tmp_path, broker, "jsonl", str(pipe)) as child, pipe.open("wb", buffering=0) as writer:
            writer.write(b'{"id":"first","text":"a"}\n')
            wait_until(lambda: texts(broker, "comments.raw", "pipe"), 120)
            filler = fill(disk)
            long = b'{"id":"%d","text":"' + b"a" * 7_000 + b'"}\n'
            writer.write(b"".join(long % number for number in range(5)))
            wait_for_log(child, r"the disk refuses the spool .*: No space left on device; texts wait")
            filler.unlink()
            wait_until(lambda: len(texts(broker, "comments.raw", "pipe")) == 6, 120)
            fill(disk)
            writer.write(b"".join(long % number for number in range(5, 10)))
            wait_until(lambda: _unread(writer) == 0, 120, "all lines are read")
            child.ask_to_stop()
            status, _ = wait_for_end(child)
        lost = 10 - len(texts(broker, "comments.raw", "pipe")) + 1
        assert (status, lost > 0) == (1, True)
        assert f"{lost} records were read that the disk did not take; send them again" in child.last_log_line()


def _unread(pipe: BinaryIO) -> int:
    """Bytes that nobody has taken out of a pipe yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def _batch(start: int) -> list[dict[str, str]]:
    return [{"id": str(number), "text": f"text {number} " * 20} for number in range(start, start + 100)]


def _lines_on_disk(folder: Path) -> int:
    """Records in the segments, confirmed ones too; a header is no record."""
    paths = (folder / "state" / "spool").glob("*.jsonl")
    return sum(path.read_bytes().count(b'{"topic"') for path in paths)


def _waiting(folder: Path) -> int:
    """Records that the process has left on disk."""
    return len(Spool(folder / "state" / "spool", ["0"], 10**9))
