"""Topic creation against real brokers."""

from __future__ import annotations

import pytest

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics, read_topics
from services.kafka.topics import TOPICS, Topic
from services.kafka.wait_for_broker import wait_for_broker
from tests.harness.ports import free_port
from tests.harness.support import consume, produce


def test_topics_are_created_once_and_left_alone(broker: str) -> None:
    again = create_topics(Broker(broker), replication=1)
    assert [(s.topic.name, s.partitions, s.created, s.problem) for s in again] == [
        (topic.name, topic.partitions, False, "") for topic in TOPICS
    ]


def test_wrong_partition_counts_and_missing_topics_are_said(broker: str) -> None:
    made = Topic("test.made", "none", 4, 3_600_000, "delete", "nothing")
    states = create_topics(Broker(broker), 1, [made], 2)
    assert [(s.created, s.partitions, s.problem) for s in states] == [(True, 2, "")]
    single = Topic("test.made", "none", 1, 3_600_000, "delete", "nothing")
    absent = Topic("test.absent", "none", 1, 3_600_000, "delete", "nothing")
    found = {s.topic.name: s for s in read_topics(Broker(broker), [single, absent])}
    assert found["test.made"].problem == "too many partitions: expected 1, got 2"
    assert found["test.absent"].problem == "missing"


def test_records_come_back_in_the_order_of_a_partition(broker: str) -> None:
    create_topics(Broker(broker), 1, [Topic("test.order", "none", 1, 3_600_000, "delete", "nothing")])
    produce(broker, "test.order", [(b"k", str(i).encode()) for i in range(50)])
    assert [record.value for record in consume(broker, "test.order", 50)] == [str(i).encode() for i in range(50)]


def test_no_broker_is_one_clear_error() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerUnavailable, match=f"{address}: nobody answers"):
        wait_for_broker(Broker(address), 0.5)
