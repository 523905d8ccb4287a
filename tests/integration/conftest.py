"""`broker`: the address of a running broker with all topics, once embedded and once real Apache Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.kafka.create_topics import create_topics
from tests.harness.brokers import embedded_broker, kafka_broker, why_no_kafka


@pytest.fixture(scope="session", params=["embedded", "kafka"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`127.0.0.1:port` of a broker that lives for the whole test session; use topics or keys of your own."""
    if request.param == "kafka" and (why := why_no_kafka()):
        pytest.skip(why)
    start = embedded_broker if request.param == "embedded" else kafka_broker
    with start(tmp_path_factory.mktemp(request.param)) as address:
        create_topics(address, replication=1)
        yield address


@pytest.fixture(params=["embedded", "kafka"])
def fresh_broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As `broker`, but with empty topics for each test: for tests that need a stream of their own."""
    if request.param == "kafka" and (why := why_no_kafka()):
        pytest.skip(why)
    start = embedded_broker if request.param == "embedded" else kafka_broker
    with start(tmp_path_factory.mktemp(request.param)) as address:
        create_topics(address, replication=1)
        yield address
