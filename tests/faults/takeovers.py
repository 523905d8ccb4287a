"""Scoring that is killed before its first commit, and taken over: every text is scored all the same.

    python -m tests.faults.takeovers [ROUNDS] [SEED]

Apache Kafka from KAFKA_HOME or ../shared/kafka, twenty rounds by default, each with topics and a group of its own, two
workers that are ready, and 1,600 texts; one worker is killed up to a second after the first text was scored. Prints one
line; the status is 1 when texts were not scored within a minute.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from services.domain.messages import Origin, PartitionIdle, ScoredText, WatermarkUpdate
from services.kafka.broker import Broker
from services.kafka.codec import Codec, encode
from services.kafka.create_topics import create_topics
from services.kafka.topics import COMMENTS_RAW, DEAD, NEWS_RAW, PARTITIONS, SCORED
from services.runtime.child import Child
from tests.factories import raw_text
from tests.harness.brokers import kafka_broker
from tests.harness.processes import kill, running
from tests.harness.support import consume_until, produce, wait_until
from tests.harness.tiny_bundle import tiny_bundle

READY_SECONDS = 120.0
TAKEN_OVER_SECONDS = 60.0
TEXTS = 400
"""In each partition."""
scored_codec = Codec(ScoredText, WatermarkUpdate, PartitionIdle)


def not_scored(broker: str, folder: Path, prefix: str, seconds: float) -> int:
    """How many texts were not scored when one of two workers was killed `seconds` after the first text was."""
    names = [replace(topic, base_name=prefix + topic.base_name) for topic in (NEWS_RAW, COMMENTS_RAW, SCORED, DEAD)]
    create_topics(Broker(broker), replication=1, topics=names)
    news, _, scored, _ = (topic.name for topic in names)
    origins: set[Origin] = set()

    def are_scored(count: int) -> None:
        def is_last(record: object) -> bool:
            origins.add(scored_codec.decode(record.value).origin)  # type: ignore[attr-defined]
            return len(origins) >= count

        consume_until(broker, scored, is_last, TAKEN_OVER_SECONDS, f"{count} texts scored")

    def produce_all() -> None:
        for partition in range(PARTITIONS):
            texts = [(b"test", encode(raw_text(f"bad {number}"))) for number in range(TEXTS)]
            produce(broker, news, texts, partition=partition)

    environment = {
        "GROUNDSWELL_BROKER": broker,
        "GROUNDSWELL_MODELS": str(folder / "models"),
        "GROUNDSWELL_MODEL": "tiny",
        "GROUNDSWELL_STATE_DIR": str(folder / prefix),
        "GROUNDSWELL_TOPIC_PREFIX": prefix,
        "GROUNDSWELL_THREADS": "1",
    }
    command = [sys.executable, "-m", "services.cli", "score"]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(running(Child(f"{prefix}score-{number}", command, folder, environment)))
            for number in range(2)
        ]
        for each in workers:
            wait_until(lambda log=each.log: "Worker ready" in log.read_text(), READY_SECONDS, "the worker is ready")  # type: ignore[misc]
        producing = threading.Thread(target=produce_all)
        producing.start()
        are_scored(1)
        threading.Event().wait(seconds)
        kill(workers[0])
        producing.join()
        try:
            are_scored(TEXTS * PARTITIONS)
        except AssertionError:
            return TEXTS * PARTITIONS - len(origins)
    return 0


def main(rounds: int, seed: int) -> int:
    """Run, print the row, and return the exit status."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as made, kafka_broker(Path(made)) as broker:
        folder = Path(made)
        tiny_bundle(folder / "models")
        lost = [not_scored(broker, folder, f"round-{number}.", chance.uniform(0, 1)) for number in range(rounds)]
    print(
        f"scoring killed before its first commit {rounds} times, seed {seed}: {sum(lost)} of "
        f"{rounds * TEXTS * PARTITIONS} texts not scored, in {sum(map(bool, lost))} rounds"
    )
    return int(any(lost))


if __name__ == "__main__":
    sys.exit(main(int((sys.argv[1:] or ["20"])[0]), int((sys.argv[2:] or ["1"])[0])))
