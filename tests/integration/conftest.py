"""Brokers: the embedded one, and real Apache Kafka, which is started once a session since that takes long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kafka.create_topics import create_topics
from tests.harness.brokers import embedded_broker, empty, kafka_broker, why_no_kafka


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded broker with all topics, for the whole session."""
    with embedded_broker(tmp_path_factory.mktemp("embedded")) as address:
        create_topics(address, replication=1)
        yield address


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Apache Kafka, for the whole session; no topics are promised."""
    if why := why_no_kafka():
        pytest.skip(why)
    with kafka_broker(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(params=["embedded", "kafka"])
def broker(request: pytest.FixtureRequest) -> str:
    """`127.0.0.1:port` of a broker with all topics, which other tests use too; use topics or keys of your own."""
    address: str = request.getfixturevalue(request.param)
    create_topics(address, replication=1)
    return address


@pytest.fixture(params=["embedded", "kafka"])
def fresh_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `broker`, but with empty topics and no consumer groups: for tests that need a stream of their own."""
    if request.param == "embedded":
        with embedded_broker(tmp_path / "broker") as address:
            create_topics(address, replication=1)
            yield address
        return
    address = request.getfixturevalue("kafka")
    empty(address)
    create_topics(address, replication=1)
    yield address
    empty(address)  # what such a test leaves would disturb those that share the broker
