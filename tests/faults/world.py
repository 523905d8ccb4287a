"""Where a row runs: a broker with topics of its own, a folder, a seed."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.kafka.admin import admin
from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from services.kafka.topics import TOPICS
from tests.harness.brokers import KafkaNode, kafka_node
from tests.harness.tiny_bundle import tiny_bundle


@dataclass(slots=True)
class World:
    """`own_node` is None on a broker that others gave, which is not ours to end. `quick`: the short form of a row."""

    folder: Path
    address: str
    own_node: KafkaNode | None
    seed: int
    quick: bool
    store: str = "memory"
    soak_minutes: float = 60.0
    idle_seconds: float = 10.0
    """As in production: whoever feeds, and begins anew when a broker was away, must be quicker."""
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def node(self) -> KafkaNode:
        """The broker's process."""
        assert self.own_node is not None, "the row must say that it needs a broker of its own"
        return self.own_node

    @property
    def models(self) -> Path:
        """The folder of the model that scores."""
        return self.folder / "models"

    def pick(self, full: int, quick: int) -> int:
        """A size in the full and in the short form."""
        return quick if self.quick else full

    def pause(self, least: float, most: float) -> None:
        """Let some seconds pass, at random."""
        rest(self.chance.uniform(least, most))

    def say(self, what: str) -> None:
        """Tell who waits how far it is."""
        print(f"    {what}", file=sys.stderr, flush=True)


def rest(seconds: float) -> None:
    """Let time pass."""
    threading.Event().wait(seconds)


@contextmanager
def world(folder: Path, given: str | None, seed: int, *, quick: bool, **more: object) -> Iterator[World]:
    """A world on a fresh Apache Kafka, or on the broker `given`, where the topics are removed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    tiny_bundle(folder / "models")
    if given is None:
        with kafka_node(folder) as node:
            create_topics(Broker(node.address), replication=1)
            yield World(folder, node.address, node, seed, quick, **more)  # type: ignore[arg-type]
        return
    create_topics(Broker(given), replication=1)
    try:
        yield World(folder, given, None, seed, quick, **more)  # type: ignore[arg-type]
    finally:
        with admin(Broker(given)) as client:
            client.delete_topics([topic.name for topic in TOPICS])
