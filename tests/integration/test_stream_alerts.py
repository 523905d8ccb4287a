"""Scoring and monitoring in real processes: the alerts on the topic equal those of the backtest, crashes or not."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.backtest.run import BacktestResult, run_backtest
from services.backtest.score import score_texts
from services.companies import default_linker
from services.detector.context import Context
from services.domain.incident import reduce_incidents
from services.domain.incident_json import incident_json
from services.domain.messages import BudgetStatus, DeadLetter, Heartbeat, IncidentCleared, IncidentRaised, RawText
from services.inference.classifier import Classifier
from services.kafka.broker import Broker
from services.kafka.codec import Codec, encode
from services.kafka.last_record import last_record
from services.kafka.topics import ALERTS, BUDGET, COMMENTS_RAW, DEAD, PARTITIONS, SCORED
from services.runtime.child import Child
from tests.factories import MINUTE
from tests.harness.ports import free_port
from tests.harness.processes import kill
from tests.harness.streams import COMPANIES, raw_texts
from tests.harness.support import consume, produce, wait_until
from tests.harness.tiny_bundle import tiny_bundle

pytestmark = pytest.mark.slow


class Workers:
    """One scoring process and some monitoring ones."""

    def __init__(self, broker: str, models: Path, folder: Path, store: str) -> None:
        self._environment = {
            "GROUNDSWELL_BROKER": broker,
            "GROUNDSWELL_MODELS": str(models),
            "GROUNDSWELL_MODEL": "tiny",
            "GROUNDSWELL_IDLE_SECONDS": "5",
            "GROUNDSWELL_STORE": store,
        }
        self._folder = folder
        self.ports: dict[str, int] = {}
        self.children: dict[str, Child] = {}

    def start(self, name: str) -> None:
        """Start `groundswell COMMAND`; the name is the command, or the command and a number."""
        self.ports[name] = free_port()
        environment = {
            **self._environment,
            "GROUNDSWELL_METRICS_PORT": str(self.ports[name]),
            "GROUNDSWELL_STATE_DIR": str(self._folder / name),
        }
        command = name.partition("-")[0]
        child = Child(name, [sys.executable, "-m", "services.cli", command], self._folder, environment)
        child.start()
        self.children[name] = child

    def stop(self) -> None:
        """Stop both."""
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.wait()

    def watermarks(self) -> dict[str, float]:
        """Partition -> watermark in seconds, as the metrics of the monitoring processes say."""
        marks: dict[str, float] = {}
        for name, port in self.ports.items():
            if name.startswith("monitor"):
                for partition, mark in _watermarks(port):
                    marks[partition] = max(mark, marks.get(partition, 0.0))
        return marks


def _watermarks(port: int) -> Iterator[tuple[str, float]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            text = answer.read().decode()
    except OSError:
        return
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "groundswell_watermark_timestamp_seconds":
                yield sample.labels["partition"], sample.value


@contextmanager
def _workers(broker: str, models: Path, folder: Path, store: str) -> Iterator[Workers]:
    workers = Workers(broker, models, folder, store)
    try:
        yield workers
    finally:
        workers.stop()


def _alerts(broker: str) -> list[IncidentRaised]:
    codec = Codec(IncidentRaised, IncidentCleared)
    messages = [codec.decode(record.value) for record in consume(broker, ALERTS.name, 0)]
    return [m for m in messages if isinstance(m, IncidentRaised)]


def _budget_status(broker: str) -> BudgetStatus | None:
    record = last_record(Broker(broker), BUDGET.name)
    return None if record is None else Codec(BudgetStatus).decode(record)


@pytest.mark.parametrize(
    ("store", "killed", "monitors"),
    [
        ("memory", False, 1),
        ("memory", True, 1),
        ("rocksdb", True, 1),
        ("memory", False, 2),
        ("memory", True, 4),
    ],
    ids=["calm", "killed", "rocksdb-killed", "two-workers", "four-workers-one-killed"],
)
def test_alerts_of_the_stream_equal_the_backtest(
    fresh_broker: str, tmp_path: Path, store: str, killed: bool, monitors: int
) -> None:
    _stream_equals_backtest(fresh_broker, tmp_path, store, killed, monitors, COMPANIES[:1], ["company"])


def test_a_wave_against_all_is_one_market_wide_alert_too(fresh_broker: str, tmp_path: Path) -> None:
    kinds = ["company"] * 6 + ["market"]
    _stream_equals_backtest(fresh_broker, tmp_path, "memory", False, 2, COMPANIES, kinds)


@cache
def _backtest(hit: tuple[str, ...]) -> tuple[list[RawText], BacktestResult]:
    """Two weeks of texts with a wave against those that are `hit`, and what the backtest finds in them."""
    texts = raw_texts(hit)
    with TemporaryDirectory() as folder:
        classifier = Classifier(tiny_bundle(Path(folder)))
    return texts, run_backtest(score_texts(texts, classifier, default_linker(), 4096, lambda n: None), Context())


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
    texts, expected = _backtest(hit)
    assert [record.raised.kind for record in reduce_incidents(expected.raised())] == kinds

    end = texts[-1].published_at + MINUTE
    half = len(texts) // 2
    with _workers(fresh_broker, tmp_path / "models", tmp_path, store) as workers:
        names = ["monitor"] + [f"monitor-{number}" for number in range(2, monitors + 1)]
        for name in (*names, "score"):
            workers.start(name)
        produce(fresh_broker, COMMENTS_RAW.name, [(b"test", encode(t)) for t in texts[:half]], partition=1)
        if killed:
            consume(fresh_broker, SCORED.name, half // 2, 90)
            for name in ("monitor", "score"):
                kill(workers.children[name])
                workers.start(name)
        produce(fresh_broker, COMMENTS_RAW.name, [(b"test", b"\xff\xfe not a text")], partition=1)
        produce(fresh_broker, COMMENTS_RAW.name, [(b"test", encode(t)) for t in texts[half:]], partition=1)
        produce(fresh_broker, COMMENTS_RAW.name, [(b"test", encode(Heartbeat(source="test", time=end)))], partition=1)
        wait_until(
            lambda: sum(mark * 1000 >= end for mark in workers.watermarks().values()) == PARTITIONS,
            120,
            "all partitions at the end",
        )
        consume(fresh_broker, ALERTS.name, len(expected.messages), 90)
        wait_until(lambda: _budget_status(fresh_broker) == expected.budget_status, 10, "what keeps the budgets")
    raised = [incident_json(record) for record in reduce_incidents(_alerts(fresh_broker))]
    assert raised == [incident_json(record) for record in reduce_incidents(expected.raised())]
    dead = [Codec(DeadLetter).decode(r.value) for r in consume(fresh_broker, DEAD.name, 1)]
    assert {d.reason for d in dead} == {"invalid_utf8"}
    ids = {msgspec.json.decode(r.value).get("event_id") for r in consume(fresh_broker, SCORED.name, len(texts))}
    assert ids - {None} == {t.event_id for t in texts}
