"""The scoring worker as a process of its own, against a real broker."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from services.domain.errors import CRASHED
from services.domain.messages import DeadLetter, Heartbeat, Origin, PartitionIdle, ScoredText, WatermarkUpdate
from services.kafka.codec import Codec, encode
from services.kafka.topics import COMMENTS_RAW, DEAD, NEWS_RAW, PARTITIONS, SCORED
from services.runtime import listener
from services.runtime.child import Child
from services.runtime.supervisor import Service, Supervisor
from tests.factories import HOUR, START, raw_text
from tests.harness.processes import kill, send
from tests.harness.support import consume, consume_until, produce, wait_until
from tests.harness.tiny_bundle import tiny_bundle

DEADLINE_SECONDS = 120.0
scored_codec = Codec(ScoredText, WatermarkUpdate, PartitionIdle)
dead_codec = Codec(DeadLetter)

pytestmark = pytest.mark.slow
StartWorker = Callable[..., Child]


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a scoring worker for a broker; all are stopped at the end."""
    tiny_bundle(tmp_path / "models")
    children: list[Child] = []

    def start(broker: str, idle_seconds: float = 3_600.0) -> Child:
        command = [sys.executable, "-m", "services.cli", "score"]
        settings = {**environment(broker, tmp_path), "GROUNDSWELL_IDLE_SECONDS": str(idle_seconds)}
        child = Child(f"score-{len(children)}", command, tmp_path, settings)
        child.start()
        children.append(child)
        return child

    yield start
    for child in children:
        if child.poll() is None:
            child.ask_to_stop()
            child.wait()


def environment(broker: str, folder: Path) -> dict[str, str]:
    """Settings of a worker with the model of `folder`."""
    return {
        "GROUNDSWELL_BROKER": broker,
        "GROUNDSWELL_MODELS": str(folder / "models"),
        "GROUNDSWELL_MODEL": "tiny",
        "GROUNDSWELL_STATE_DIR": str(folder / "state"),
        "GROUNDSWELL_THREADS": "1",
    }


@contextmanager
def supervised(command: list[str], broker: str, folder: Path, *, beats: bool = False) -> Iterator[Supervisor]:
    """A worker with the model of `folder` that is started again when it ends."""
    tiny_bundle(folder / "models")
    supervisor = Supervisor([Service("score", command, environment(broker, folder), beats=beats)], folder)
    supervisor.start()
    watcher = Thread(target=supervisor.run)
    watcher.start()
    try:
        yield supervisor
    finally:
        supervisor.stopping.set()
        watcher.join()
        supervisor.stop()


def raw(number: int, text: str, kind: Any = "news") -> bytes:
    return encode(
        raw_text(text, event_id=f"id-{number}", kind=kind, published_at=START + number, first_seen_at=START + HOUR)
    )


def scored(broker: str, topic: str = SCORED.name) -> list[Any]:
    return [scored_codec.decode(record.value) for record in consume(broker, topic, 0)]


def wait_until_scored(broker: str, count: int) -> None:
    """Wait until the scores of exactly so many texts are there, those that came twice counted once."""
    origins: set[Origin] = set()

    def is_last(record: Any) -> bool:
        origins.add(scored_codec.decode(record.value).origin)
        return len(origins) == count

    consume_until(broker, SCORED.name, is_last, DEADLINE_SECONDS, f"{count} texts scored")
    assert len({message.origin for message in scored(broker)}) == count


def assert_no_gap(broker: str) -> None:
    """Repeats are allowed, going past a record that was not yet published is not: monitoring relies on it."""
    furthest: dict[tuple[str, int], int] = {}
    for message in scored(broker):
        place = (message.origin.topic, message.origin.partition)
        assert message.origin.offset <= furthest.get(place, -1) + 1, f"a gap in {place}"
        furthest[place] = max(furthest.get(place, -1), message.origin.offset)


def test_bad_records_between_good_ones(fresh_broker: str, start_worker: StartWorker) -> None:
    good = [raw(n, f"{'bad' if n % 3 == 0 else 'good'} shares earnings {n} $AAPL") for n in range(120)]
    bad = {
        "invalid_utf8": b'{"type":"raw_text","text":"\xff"}',
        "invalid_json": b"{nonsense",
        "invalid_field": b'{"type":"raw_text","schema":1}',
        "unknown_schema": raw(1, "x").replace(b'"schema":1', b'"schema":9'),
        "empty_text": raw(1, "  "),
        "bad_date": raw(1, "x").replace(str(START + 1).encode(), b"-62135596800000"),
        "too_large": raw(1, "x" * 200_000),
        "too_deep": b'{"type":"raw_text","more":' + b"[" * 400_000,
    }
    stream: list[bytes] = []
    for number, each in enumerate(good):
        stream.append(each)
        if number % 5 == 0:
            stream.append(list(bad.values())[number // 5 % len(bad)])
    stream.append(encode(Heartbeat(source="test", time=START + HOUR)))
    start_worker(fresh_broker)
    produce(fresh_broker, NEWS_RAW.name, [(b"test", value) for value in stream], partition=2)

    records = consume(fresh_broker, SCORED.name, 121, DEADLINE_SECONDS)  # 120 texts and one progress
    assert {(record.partition, record.key) for record in records} == {(2, b"test")}
    messages = [scored_codec.decode(record.value) for record in records]
    texts = messages[:-1]
    assert [m.event_id for m in texts] == [f"id-{n}" for n in range(120)]
    assert [m.sentiment.index(max(m.sentiment)) for m in texts] == [0 if n % 3 == 0 else 2 for n in range(120)]
    assert {tuple(m.topics) for m in texts} == {("earnings",)}
    assert {tuple(c.id for c in m.companies) for m in texts} == {("AAPL",)}
    assert {m.model_version for m in texts} == {"tiny/1"}
    offsets = [m.origin.offset for m in messages]
    assert offsets == sorted(offsets)
    assert {(m.origin.topic, m.origin.partition) for m in messages} == {(NEWS_RAW.name, 2)}
    assert messages[-1] == WatermarkUpdate(origin=messages[-1].origin, time=START + HOUR)
    letters = [dead_codec.decode(record.value) for record in consume(fresh_broker, DEAD.name, 24)]
    assert Counter(letter.reason for letter in letters) == Counter(
        reason for reason in (list(bad)[n // 5 % len(bad)] for n in range(0, 120, 5))
    )
    for letter in letters:
        assert letter.stage == "scoring"
        assert letter.payload == stream[letter.origin.offset][:4096]
        assert letter.payload_bytes == len(stream[letter.origin.offset])


def test_nothing_is_lost_when_the_worker_is_killed(fresh_broker: str, start_worker: StartWorker) -> None:
    count = 1000
    for partition in range(PARTITIONS):
        for topic, kind in ((NEWS_RAW, "news"), (COMMENTS_RAW, "comment")):
            numbers = range(partition, count, PARTITIONS)
            produce(
                fresh_broker,
                topic.name,
                [(b"test", raw(n, f"good shares the earnings {n} " * 4, kind)) for n in numbers],
                partition=partition,
            )
    for already in (1, 700):
        worker = start_worker(fresh_broker)
        consume(fresh_broker, SCORED.name, already, DEADLINE_SECONDS)
        kill(worker)
    start_worker(fresh_broker)

    wait_until_scored(fresh_broker, 2 * count)
    assert_no_gap(fresh_broker)


def test_the_other_worker_takes_over_when_one_is_killed(fresh_broker: str, start_worker: StartWorker) -> None:
    """Two workers share the partitions; a rebalance in the middle loses nothing and leaves no gap."""
    first, _ = start_worker(fresh_broker), start_worker(fresh_broker)
    count = 200
    for turn in range(3):
        for partition in range(PARTITIONS):
            numbers = range(turn * count, (turn + 1) * count)
            produce(
                fresh_broker,
                NEWS_RAW.name,
                [(b"test", raw(n, f"bad {n}")) for n in numbers],
                partition=partition,
            )
        if turn == 1:
            consume(fresh_broker, SCORED.name, count, DEADLINE_SECONDS)
            kill(first)
    wait_until_scored(fresh_broker, 3 * count * PARTITIONS)
    assert_no_gap(fresh_broker)


def test_sigterm_ends_the_worker_cleanly_and_the_next_one_goes_on(fresh_broker: str, start_worker: StartWorker) -> None:
    worker = start_worker(fresh_broker)
    produce(fresh_broker, NEWS_RAW.name, [(b"test", raw(n, "bad")) for n in range(50)], partition=0)
    assert len(consume(fresh_broker, SCORED.name, 50, DEADLINE_SECONDS)) == 50
    worker.ask_to_stop()
    worker.wait()
    assert worker.poll() == 0
    produce(fresh_broker, NEWS_RAW.name, [(b"test", raw(n, "bad")) for n in range(50, 80)], partition=0)
    start_worker(fresh_broker)
    consume(fresh_broker, SCORED.name, 80, DEADLINE_SECONDS)
    assert [m.event_id for m in scored(fresh_broker)] == [f"id-{n}" for n in range(80)]


def test_a_partition_is_idle_once_it_was_read_to_its_end(fresh_broker: str, start_worker: StartWorker) -> None:
    """The word travels behind all that the partition held, and comes for those too that never held anything."""
    produce(fresh_broker, NEWS_RAW.name, [(b"test", raw(n, "bad")) for n in range(50)], partition=0)
    start_worker(fresh_broker, idle_seconds=1.0)
    ends: dict[tuple[str, int], int] = {}
    scored_texts = 0

    def all_idle(record: Any) -> bool:
        nonlocal scored_texts
        message = scored_codec.decode(record.value)
        if isinstance(message, PartitionIdle):
            place = (message.origin.topic, message.origin.partition)
            assert place != (NEWS_RAW.name, 0) or scored_texts == 50
            ends[place] = message.origin.offset
        scored_texts += isinstance(message, ScoredText)
        return len(ends) == 2 * PARTITIONS

    consume_until(fresh_broker, SCORED.name, all_idle, DEADLINE_SECONDS, "all partitions idle")
    assert ends.pop((NEWS_RAW.name, 0)) == 50
    assert set(ends.values()) == {0}


def test_a_broken_model_folder_is_named_and_nothing_starts(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "models")
    bundle.model_path.write_bytes(bundle.model_path.read_bytes()[:64])
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "score"],
        env={"GROUNDSWELL_MODELS": str(tmp_path / "models"), "GROUNDSWELL_MODEL": "tiny", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"{bundle.model_path}: truncated: expected " in done.stderr


@pytest.mark.parametrize("fresh_broker", ["embedded"], indirect=True)
def test_a_frozen_worker_is_ended_and_the_next_one_goes_on(
    fresh_broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "SILENT_SECONDS", 10.0)
    command = [sys.executable, "-m", "services.cli", "score"]
    with supervised(command, fresh_broker, tmp_path, beats=True) as supervisor:
        produce(fresh_broker, NEWS_RAW.name, [(b"test", raw(0, "bad"))], partition=0)
        consume(fresh_broker, SCORED.name, 1, DEADLINE_SECONDS)
        send(supervisor.child("score"), signal.SIGSTOP)
        produce(fresh_broker, NEWS_RAW.name, [(b"test", raw(n, "bad")) for n in range(1, 50)], partition=0)
        wait_until_scored(fresh_broker, 50)
        assert_no_gap(fresh_broker)
        assert supervisor.crashes("score") == 1


@pytest.mark.parametrize("fresh_broker", ["embedded"], indirect=True)
def test_a_worker_whose_inference_comes_to_no_end_ends_itself_and_the_next_one_goes_on(
    fresh_broker: str, tmp_path: Path
) -> None:
    """What may take minutes has a limit too; here of ten seconds."""
    command = [sys.executable, "-m", "tests.harness.frozen_worker", "inference", "score"]
    produce(fresh_broker, NEWS_RAW.name, [(b"test", raw(n, "bad")) for n in range(50)], partition=0)
    with supervised(command, fresh_broker, tmp_path) as supervisor:
        wait_until_scored(fresh_broker, 50)
        assert supervisor.crashes("score") >= 1
        assert "records wait, and nothing has moved for" in supervisor.child("score").log.read_text()


@pytest.mark.parametrize("fresh_broker", ["embedded"], indirect=True)
def test_a_worker_that_stands_still_beside_waiting_records_ends_itself(fresh_broker: str, tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "models")
    command = [sys.executable, "-m", "tests.harness.frozen_worker", "delivery", "score"]
    child = Child("stuck", command, tmp_path, environment(fresh_broker, tmp_path))
    child.start()
    try:
        wait_until(lambda: child.log.exists() and "Worker ready" in child.log.read_text(), DEADLINE_SECONDS)
        produce(fresh_broker, NEWS_RAW.name, [(b"test", raw(0, "bad"))], partition=0)
        wait_until(lambda: child.poll() is not None, DEADLINE_SECONDS)
        assert child.poll() == CRASHED
        assert "records wait, and nothing has moved for" in child.last_log_line()
    finally:
        child.wait(0.0)
