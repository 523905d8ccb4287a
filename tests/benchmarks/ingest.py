"""How many texts a second one ingest process takes, safe and delivered, and how long one that comes alone waits.

    python -m tests.benchmarks.ingest [TEXTS]

Apache Kafka from KAFKA_HOME or ../shared/kafka.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import monotonic

from services.clock import now_ms
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import Accepted, IngestPipeline
from services.ingest.process import ingest_process
from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from services.settings import load_settings
from tests.harness.brokers import kafka_broker

DEFAULTS = SourceDefaults("bench", "comment", b"key")
TEXT = "$AAPL falls after the bank cut its forecast for the third quarter, holders are not amused"
ALONE = 200


def main(texts: int) -> None:
    """Print one line a figure."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with kafka_broker(folder) as broker:
            create_topics(Broker(broker), replication=1)
            os.environ["GROUNDSWELL_STATE_DIR"] = str(folder / "state")
            with ingest_process(load_settings(broker=broker)) as process:
                process.wait_for_broker()
                began = monotonic()
                last = _take_many(process.pipeline, texts)
                last.delivery.result(120)
                safe = monotonic()
                waits = [_take_alone(process.pipeline, number) for number in range(ALONE)]
                again = monotonic()
                process.finish()
                delivered = safe - began + monotonic() - again
    print(f"safe       {texts / (safe - began):8.0f} texts/s")
    print(f"delivered  {texts / delivered:8.0f} texts/s")
    print(f"alone      {1000 * median(waits):8.1f} ms until it is safe (median of {ALONE})")


def _take(pipeline: IngestPipeline, name: str) -> Accepted:
    taken = pipeline.take({"id": name, "text": f"{TEXT} {name}"}, DEFAULTS, "bench", now_ms())
    assert isinstance(taken, Accepted)
    return taken


def _take_many(pipeline: IngestPipeline, texts: int) -> Accepted:
    for number in range(texts - 1):
        _take(pipeline, f"many {number}")
    return _take(pipeline, "last")


def _take_alone(pipeline: IngestPipeline, number: int) -> float:
    began = monotonic()
    _take(pipeline, f"alone {number}").delivery.result(120)
    return monotonic() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 30_000)
