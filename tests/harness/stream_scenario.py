"""A stream of two weeks through real scoring and monitoring processes, and the alerts that a backtest finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from services.backtest.run import BacktestResult, run_backtest
from services.backtest.score import score_texts
from services.companies import default_linker
from services.detector.context import Context
from services.domain.incident import reduce_incidents
from services.domain.incident_json import incident_json
from services.domain.messages import BudgetStatus, Heartbeat, IncidentCleared, IncidentRaised, RawText
from services.inference.classifier import Classifier
from services.kafka.broker import Broker
from services.kafka.codec import Codec, encode
from services.kafka.last_records import last_record
from services.kafka.topics import ALERTS, BUDGET, COMMENTS_RAW
from tests.factories import MINUTE
from tests.harness.stream_workers import StreamWorkers
from tests.harness.streams import raw_texts
from tests.harness.support import consume, produce, wait_until
from tests.harness.tiny_bundle import tiny_bundle

SPREAD = 2
"""Raw partitions over which a stream is spread, one text here and one there."""


@cache
def stream_and_backtest(hit: tuple[str, ...]) -> tuple[list[RawText], BacktestResult]:
    """Two weeks of texts with a wave against those that are `hit`, and what the backtest finds in them."""
    texts = raw_texts(hit)
    with TemporaryDirectory() as folder:
        classifier = Classifier(tiny_bundle(Path(folder)))
    return texts, run_backtest(score_texts(texts, classifier, default_linker(), 4096, lambda n: None), Context())


def send(broker: str, texts: Sequence[RawText]) -> None:
    """Put texts on `comments.raw` in portions as a source would, each a stretch of time in both partitions."""
    for at in range(0, len(texts), 50):
        for partition in range(SPREAD):
            records = [(b"test", encode(text)) for text in texts[at : at + 50][partition::SPREAD]]
            produce(broker, COMMENTS_RAW.name, records, partition=partition)


def send_end(broker: str, end: int) -> None:
    """Heartbeats at `end` (ms) in both partitions."""
    for partition in range(SPREAD):
        beat = Heartbeat(source="test", time=end)
        produce(broker, COMMENTS_RAW.name, [(b"test", encode(beat))], partition=partition)


def alerts(broker: str) -> list[object]:
    """The incidents on the topic, copies reduced, as a person would read them."""
    codec = Codec(IncidentRaised, IncidentCleared)
    messages = [codec.decode(record.value) for record in consume(broker, ALERTS.name, 0)]
    raised = [message for message in messages if isinstance(message, IncidentRaised)]
    return [incident_json(record) for record in reduce_incidents(raised)]


def budget_status(broker: str) -> BudgetStatus | None:
    """What keeps the budgets, as of the last day."""
    record = last_record(Broker(broker), BUDGET.name)
    return None if record is None else Codec(BudgetStatus).decode(record)


def assert_equal_to_backtest(
    broker: str, workers: StreamWorkers, end: int, expected: BacktestResult, partitions: int
) -> None:
    """Wait until all partitions of monitoring are at `end` (ms) and compare the alerts with those of the backtest."""
    wait_until(
        lambda: sum(mark * 1000 >= end for mark in workers.watermarks().values()) == partitions,
        180,
        "all partitions at the end",
    )
    consume(broker, ALERTS.name, len(expected.messages), 90)
    wait_until(lambda: budget_status(broker) == expected.budget_status, 60, "what keeps the budgets")
    assert alerts(broker) == [incident_json(record) for record in reduce_incidents(expected.raised())]
    assert workers.late() == 0


def end_of(texts: Sequence[RawText]) -> int:
    """A minute after the last text (ms)."""
    return texts[-1].published_at + MINUTE
