"""`broker` and `fresh_broker`: the address of a running broker, once embedded and once real Apache Kafka.

A test that fails says how the logs of its processes end.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from services.kafka.topics import TOPICS, Topic
from tests.harness.brokers import embedded_broker, kafka_broker, why_no_kafka

LAST_LINES = 30
"""Of the log of each process in the folder of a test that failed."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and report.when == "call" and "tmp_path" in item.funcargs:
        folder: Any = item.funcargs["tmp_path"]
        for path in sorted(folder.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-LAST_LINES:]
            report.sections.append((f"{path.name} ends", "\n".join(lines)))
    return report


@pytest.fixture(scope="session", params=["embedded", "kafka"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`127.0.0.1:port` of a broker with all topics for the whole session; use topics or keys of your own."""
    with _started(request.param, tmp_path_factory.mktemp(request.param)) as address:
        yield address


@pytest.fixture(params=["embedded", "kafka"])
def fresh_broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As `broker`, but one of its own for each test: for tests that need a stream and groups of their own."""
    with _started(request.param, tmp_path_factory.mktemp(request.param)) as address:
        yield address


@pytest.fixture(params=["embedded", "kafka"])
def bare_broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As `fresh_broker`, without topics."""
    with _started(request.param, tmp_path_factory.mktemp(request.param), topics=()) as address:
        yield address


@contextmanager
def _started(kind: str, folder: Path, topics: Iterable[Topic] = TOPICS) -> Iterator[str]:
    if kind == "kafka" and (why := why_no_kafka()):
        pytest.skip(why)
    with (embedded_broker if kind == "embedded" else kafka_broker)(folder) as address:
        create_topics(Broker(address), replication=1, topics=topics)
        yield address
