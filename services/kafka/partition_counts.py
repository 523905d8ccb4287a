"""How many partitions the topics have on this broker: whatever the operator made, where that can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.create_topics import read_topics
from services.kafka.topics import RAW_TOPICS, TOPICS, Topic


@dataclass(frozen=True, slots=True)
class PartitionCounts:
    """By name of the topic, of those that a process may see."""

    counts: dict[str, int]

    @classmethod
    def of_table(cls) -> PartitionCounts:
        """What `groundswell topics create` makes when nobody says otherwise."""
        return cls({topic.name: topic.partitions for topic in TOPICS})

    def of(self, topic: Topic) -> int:
        """The count of one topic."""
        return self.counts[topic.name]

    @property
    def raw(self) -> dict[str, int]:
        """Those of the raw topics."""
        return {topic.name: self.of(topic) for topic in RAW_TOPICS.values()}

    def origins(self) -> list[str]:
        """The names of all raw partitions."""
        return [f"{topic}/{number}" for topic, count in self.raw.items() for number in range(count)]


def read_partition_counts(broker: Broker, topics: Iterable[Topic]) -> PartitionCounts:
    """Ask the broker.

    :raises BrokerUnavailable: when it does not answer, or a topic is missing or has partitions that it cannot have.
    """
    states = read_topics(broker, topics)
    if bad := [f"{state.topic.name}: {state.problem} ({state.advice})" for state in states if state.problem]:
        raise BrokerUnavailable(broker.servers, f"its topics are not as they must be: {'; '.join(bad)}")
    return PartitionCounts({state.topic.name: state.partitions for state in states})
