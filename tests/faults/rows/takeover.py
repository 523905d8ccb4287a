"""Scoring that is killed before its first commit, and taken over: every text is scored all the same."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from services.domain.messages import Origin, PartitionIdle, ScoredText, WatermarkUpdate
from services.kafka.admin import admin
from services.kafka.broker import Broker
from services.kafka.codec import Codec, encode
from services.kafka.create_topics import create_topics
from services.kafka.topics import COMMENTS_RAW, DEAD, NEWS_RAW, PARTITIONS, SCORED, Topic
from services.runtime.child import Child
from tests.factories import raw_text
from tests.faults.row import Outcome, Row
from tests.faults.world import World, rest
from tests.harness.processes import kill, running
from tests.harness.support import consume_until, produce, wait_until

READY_SECONDS = 120.0
TAKEN_OVER_SECONDS = 90.0
TEXTS = 400
"""In each partition."""
TOPICS_OF_SCORING = (NEWS_RAW, COMMENTS_RAW, SCORED, DEAD)
scored_codec = Codec(ScoredText, WatermarkUpdate, PartitionIdle)


def taken_over(world: World) -> Outcome:
    """So many rounds, each with topics and a group of its own; a worker is killed up to a second after the first text
    was scored.
    """
    rounds = world.pick(20, 2)
    lost: list[int] = []
    for number in range(rounds):
        prefix = f"round-{number}."
        topics = [replace(topic, base_name=prefix + topic.base_name) for topic in TOPICS_OF_SCORING]
        create_topics(Broker(world.address), replication=1, topics=topics)
        lost.append(_not_scored(world, prefix, topics, world.chance.uniform(0, 1)))
        with admin(Broker(world.address)) as client:
            client.delete_topics([topic.name for topic in topics])
        world.say(f"round {number + 1} of {rounds}: {lost[-1]} of {TEXTS * PARTITIONS} not scored")
    outcome = Outcome(sent=rounds * TEXTS * PARTITIONS, lost=sum(lost), notes=f"in {sum(map(bool, lost))} rounds")
    outcome.promise(not any(lost), f"{sum(lost)} texts not scored")
    return outcome


def _not_scored(world: World, prefix: str, topics: Sequence[Topic], seconds: float) -> int:
    """How many texts were not scored when one of two workers was killed `seconds` after the first text was."""
    news, _, scored, _ = (topic.name for topic in topics)
    environment = {
        "GROUNDSWELL_BROKER": world.address,
        "GROUNDSWELL_MODELS": str(world.models),
        "GROUNDSWELL_MODEL": "tiny",
        "GROUNDSWELL_STATE_DIR": str(world.folder / prefix),
        "GROUNDSWELL_TOPIC_PREFIX": os.environ.get("GROUNDSWELL_TOPIC_PREFIX", "") + prefix,
        "GROUNDSWELL_THREADS": "1",
    }
    command = [sys.executable, "-m", "services.cli", "score"]
    origins: set[Origin] = set()
    with ExitStack() as stack:
        workers = [
            stack.enter_context(running(Child(f"{prefix}score-{number}", command, world.folder, environment), 30))
            for number in range(2)
        ]
        for each in workers:
            wait_until(lambda log=each.log: "Worker ready" in log.read_text(), READY_SECONDS, "the worker is ready")  # type: ignore[misc]
        producing = threading.Thread(target=_produce, args=(world.address, news))
        producing.start()
        _wait_until_scored(world.address, scored, 1, origins)
        rest(seconds)
        kill(workers[0])
        producing.join()
        try:
            _wait_until_scored(world.address, scored, TEXTS * PARTITIONS, origins)
        except AssertionError:
            return TEXTS * PARTITIONS - len(origins)
    return 0


def _produce(broker: str, topic: str) -> None:
    for partition in range(PARTITIONS):
        texts = [(b"test", encode(raw_text(f"bad {number}"))) for number in range(TEXTS)]
        produce(broker, topic, texts, partition=partition)


def _wait_until_scored(broker: str, topic: str, count: int, origins: set[Origin]) -> None:
    def is_last(record: object) -> bool:
        origins.add(scored_codec.decode(record.value).origin)  # type: ignore[attr-defined]
        return len(origins) >= count

    consume_until(broker, topic, is_last, TAKEN_OVER_SECONDS, f"{count} texts scored")


ROWS = (Row("takeover", "scoring is killed before its first commit, 20 times", taken_over, limit_seconds=3_600),)
