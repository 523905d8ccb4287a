"""Scoring and monitoring in real processes: the alerts on the topic equal those of the backtest, crashes or not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import msgspec
import pytest

from services.domain.incident import reduce_incidents
from services.domain.messages import DeadLetter
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.create_topics import create_topics
from services.kafka.topics import COMMENTS_RAW, DEAD, PARTITIONS, SCORED
from tests.harness.processes import send as send_signal
from tests.harness.stream_scenario import (
    SPREAD,
    assert_equal_to_backtest,
    end_of,
    send,
    send_end,
    stream_and_backtest,
)
from tests.harness.stream_workers import IDLE_SECONDS, SESSION_SECONDS, stream_workers
from tests.harness.streams import COMPANIES
from tests.harness.support import consume, produce, wait_until
from tests.harness.tiny_bundle import tiny_bundle

pytestmark = pytest.mark.slow
ON_KAFKA = pytest.mark.parametrize("fresh_broker", ["kafka"], indirect=True)
"""Faults of the workers, which are the same on both brokers."""


@pytest.mark.parametrize(
    ("store", "killed", "monitors"),
    [
        ("memory", True, 1),
        ("rocksdb", True, 1),
        ("memory", True, 4),
    ],
    ids=["killed", "rocksdb-killed", "four-workers-one-killed"],
)
def test_alerts_of_the_stream_equal_the_backtest(
    fresh_broker: str, tmp_path: Path, store: str, killed: bool, monitors: int
) -> None:
    _stream_equals_backtest(fresh_broker, tmp_path, store, killed, monitors, COMPANIES[:1], ["company"])


def test_a_wave_against_all_is_one_market_wide_alert_too(fresh_broker: str, tmp_path: Path) -> None:
    kinds = ["company"] * 6 + ["market"]
    _stream_equals_backtest(fresh_broker, tmp_path, "memory", False, 2, COMPANIES, kinds)


def _stream_equals_backtest(
    fresh_broker: str,
    tmp_path: Path,
    store: str,
    killed: bool,
    monitors: int,
    hit: tuple[str, ...],
    kinds: Sequence[str],
) -> None:
    tiny_bundle(tmp_path / "models")
    texts, expected = stream_and_backtest(hit)
    assert [record.raised.kind for record in reduce_incidents(expected.raised())] == kinds

    half = len(texts) // 2
    names = ["monitor", *(f"monitor-{number}" for number in range(2, monitors + 1)), "score"]
    with stream_workers(names, fresh_broker, tmp_path / "models", tmp_path, store) as workers:
        send(fresh_broker, texts[:half])
        if killed:
            consume(fresh_broker, SCORED.name, half // 2, 90)
            for name in ("monitor", "score"):
                workers.kill(name)
        produce(fresh_broker, COMMENTS_RAW.name, [(b"test", b"\xff\xfe not a text")], partition=1)
        send(fresh_broker, texts[half:])
        send_end(fresh_broker, end_of(texts))
        assert_equal_to_backtest(fresh_broker, workers, end_of(texts), expected, PARTITIONS)
    dead = [Codec(DeadLetter).decode(r.value) for r in consume(fresh_broker, DEAD.name, 1)]
    assert {d.reason for d in dead} == {"invalid_utf8"}
    ids = {msgspec.json.decode(r.value).get("event_id") for r in consume(fresh_broker, SCORED.name, len(texts))}
    assert ids - {None} == {t.event_id for t in texts}


@ON_KAFKA
def test_scoring_that_stands_still_makes_nothing_late(fresh_broker: str, tmp_path: Path) -> None:
    """Its backlog is of one partition first, then of the other; what waits is not idle, however long."""
    tiny_bundle(tmp_path / "models")
    texts, expected = stream_and_backtest(COMPANIES[:1])
    half = len(texts) // 2
    with stream_workers(["monitor", "score"], fresh_broker, tmp_path / "models", tmp_path) as workers:
        for portion in (texts[:half], texts[half:]):
            send_signal(workers.child("score"), signal.SIGSTOP)
            send(fresh_broker, portion)
            Event().wait(2 * IDLE_SECONDS)
            send_signal(workers.child("score"), signal.SIGCONT)
        send_end(fresh_broker, end_of(texts))
        assert_equal_to_backtest(fresh_broker, workers, end_of(texts), expected, PARTITIONS)


@ON_KAFKA
def test_a_monitor_that_wakes_from_a_freeze_writes_nothing_that_is_restored(fresh_broker: str, tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "models")
    texts, expected = stream_and_backtest(COMPANIES[:1])
    half = len(texts) // 2
    names = ["monitor", "monitor-2", "score"]
    with stream_workers(names, fresh_broker, tmp_path / "models", tmp_path) as workers:
        send(fresh_broker, texts[:half])
        consume(fresh_broker, SCORED.name, half // 2, 90)
        frozen = workers.child("monitor").pid
        send_signal(workers.child("monitor"), signal.SIGSTOP)
        send(fresh_broker, texts[half:])
        Event().wait(3 * SESSION_SECONDS)
        send_signal(workers.child("monitor"), signal.SIGCONT)
        wait_until(lambda: workers.child("monitor").pid != frozen, 60, "the one that stood still ends and starts anew")
        for name in names[:2]:
            workers.kill(name)
        send_end(fresh_broker, end_of(texts))
        assert_equal_to_backtest(fresh_broker, workers, end_of(texts), expected, PARTITIONS)
    assert "stood still for" in workers.child("monitor").log.read_text()


@pytest.mark.parametrize(("bare_broker", "partitions"), [("embedded", 1), ("kafka", 6)], indirect=["bare_broker"])
def test_topics_may_have_any_number_of_partitions(bare_broker: str, tmp_path: Path, partitions: int) -> None:
    create_topics(Broker(bare_broker), 1, partitions=max(partitions, SPREAD), topics=[COMMENTS_RAW])
    create_topics(Broker(bare_broker), 1, partitions=partitions)
    tiny_bundle(tmp_path / "models")
    texts, expected = stream_and_backtest(COMPANIES[:1])
    with stream_workers(["monitor", "score"], bare_broker, tmp_path / "models", tmp_path) as workers:
        send(bare_broker, texts)
        send_end(bare_broker, end_of(texts))
        assert_equal_to_backtest(bare_broker, workers, end_of(texts), expected, partitions)


@pytest.mark.parametrize("bare_broker", ["embedded"], indirect=True)
def test_a_topic_that_is_missing_is_named_and_nothing_starts(bare_broker: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "monitor", "--broker", bare_broker],
        env={**os.environ, "GROUNDSWELL_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "news.raw: missing (run `groundswell topics create`)" in done.stderr
    assert "Traceback" not in done.stderr
