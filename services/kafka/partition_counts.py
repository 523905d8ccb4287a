"""How many partitions the topics have on this broker: whatever the operator made, where that can be."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.errors import BrokerUnavailable
from services.kafka.create_topics import read_topics
from services.kafka.topics import BY_KEY, PARTITIONS, RAW_TOPICS, SCORED


@dataclass(frozen=True, slots=True)
class PartitionCounts:
    """`raw`: by name of the raw topic. Scoring reads these, the router `scored`, the detector `by_key`."""

    raw: dict[str, int]
    scored: int
    by_key: int

    @classmethod
    def of_table(cls) -> PartitionCounts:
        """What `groundswell topics create` makes when nobody says otherwise."""
        return cls({topic.name: PARTITIONS for topic in RAW_TOPICS.values()}, PARTITIONS, PARTITIONS)

    def origins(self) -> list[str]:
        """The names of all raw partitions."""
        return [f"{topic}/{number}" for topic, count in self.raw.items() for number in range(count)]


def read_partition_counts(broker: str) -> PartitionCounts:
    """Ask the broker.

    :raises BrokerUnavailable: when it does not answer, or a topic is missing or has partitions that it cannot have.
    """
    states = read_topics(broker)
    if bad := [f"{state.topic.name}: {state.problem} ({state.advice})" for state in states if state.problem]:
        raise BrokerUnavailable(broker, f"its topics are not as they must be: {'; '.join(bad)}")
    counts = {state.topic.name: state.partitions for state in states}
    raw = {topic.name: counts[topic.name] for topic in RAW_TOPICS.values()}
    return PartitionCounts(raw, counts[SCORED.name], counts[BY_KEY.name])
