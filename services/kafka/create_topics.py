"""Creates the topics of the topic table; doing it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kafka.errors import AuthorizationError, KafkaError, TopicAlreadyExistsError

from services.domain.errors import BrokerUnavailable
from services.kafka.admin import admin
from services.kafka.broker import Broker
from services.kafka.errors import missing_right
from services.kafka.topics import BY_KEY, KEYS_CHANGELOG, PARTITIONS, TOPICS, Topic


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of the table as it stands on the broker after `create_topics`, or as `read_topics` finds it."""

    topic: Topic
    partitions: int
    created: bool
    needed: int | None = None
    """How many partitions it must have; None where any number will do."""

    @property
    def problem(self) -> str:
        """What is wrong with it, empty when it is as it must be."""
        if self.partitions == 0:
            return "missing"
        if self.needed is None or self.partitions == self.needed:
            return ""
        change = "too few" if self.partitions < self.needed else "too many"
        return f"{change} partitions: expected {self.needed}, got {self.partitions}"

    @property
    def advice(self) -> str:
        """What to do about the problem."""
        if not self.problem:
            return ""
        if self.partitions == 0:
            return "run `groundswell topics create`"
        return "delete the topic, then run `groundswell topics create`: changed partitions break the order per key"


def create_topics(
    broker: Broker, replication: int, topics: Iterable[Topic] = TOPICS, partitions: int = PARTITIONS
) -> list[TopicState]:
    """Create the topics that are missing, leave the others as they are, and report on all in the table's order.

    Topics that may have any number of partitions get `partitions`; the changelog of the keys has those of its source.

    :raises BrokerUnavailable: when the broker does not answer or refuses (too few brokers for `replication`,
        and `BrokerRefused` without the right to create).
    """
    topics = tuple(topics)
    before = {state.topic.name: state for state in read_topics(broker, topics)}
    missing = [topic for topic in topics if before[topic.name].partitions == 0]
    with admin(broker) as client:
        for topic in missing:
            wanted = {
                "num_partitions": _wanted(topic, partitions, before),
                "replication_factor": replication,
                "configs": topic.settings(),
            }
            try:
                client.create_topics({topic.name: wanted}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                continue  # another process was quicker
            except AuthorizationError as error:
                raise missing_right(broker, f"Create on {topic.name}", "topics") from error
            except KafkaError as error:
                raise BrokerUnavailable(
                    broker, f"refused to create topic {topic.name} with replication {replication}: {error}"
                ) from error
    made = {topic.name for topic in missing}
    return [replace(state, created=state.topic.name in made) for state in read_topics(broker, topics)]


def read_topics(broker: Broker, topics: Iterable[Topic] = TOPICS) -> list[TopicState]:
    """The topics of the table as the broker has them; 0 partitions means missing.

    :raises BrokerUnavailable: when the broker does not answer.
    """
    with admin(broker) as client:
        present = set(client.list_topics())
        wanted = [topic.name for topic in topics if topic.name in present]
        described = client.describe_topics(wanted) if wanted else []
    counts = {entry["name"]: len(entry["partitions"]) for entry in described}
    return [TopicState(topic, counts.get(topic.name, 0), False, _needed(topic, counts)) for topic in topics]


def _wanted(topic: Topic, partitions: int, before: dict[str, TopicState]) -> int:
    if not topic.scales:
        return topic.partitions
    source = before.get(BY_KEY.name)
    return source.partitions if topic is KEYS_CHANGELOG and source and source.partitions else partitions


def _needed(topic: Topic, counts: dict[str, int]) -> int | None:
    if not topic.scales:
        return topic.partitions
    return counts.get(BY_KEY.name) if topic is KEYS_CHANGELOG else None
