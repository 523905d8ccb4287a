"""A worker that restores its table reads every record of its source."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from services.kafka.broker import Broker
from services.kafka.create_topics import create_topics
from services.runtime.child import Child
from tests.harness import rejoining_worker
from tests.harness.processes import running
from tests.harness.recovery_worker import CHANGELOG, SOURCE
from tests.harness.support import produce, wait_until

pytestmark = pytest.mark.slow
RECORDS = 600


def test_no_record_is_lost_between_the_restored_table_and_the_stream(fresh_broker: str, tmp_path: Path) -> None:
    create_topics(Broker(fresh_broker), replication=1, topics=(SOURCE, CHANGELOG))
    produce(fresh_broker, CHANGELOG.name, [(b"n", b"1"), (b"n", b"2")])
    produce(fresh_broker, SOURCE.name, [(None, b"%d" % number) for number in range(RECORDS)])
    command = [sys.executable, "-m", "tests.harness.recovery_worker", fresh_broker, str(tmp_path)]
    offsets = tmp_path / "offsets"
    offsets.touch()
    worker = Child("worker", command, tmp_path, {})
    worker.start()
    try:
        wait_until(lambda: f"{RECORDS - 1}\n" in offsets.read_text(), 150, "the last record was read")
    finally:
        worker.ask_to_stop()
        worker.wait()
    assert [int(line) for line in offsets.read_text().split()] == list(range(RECORDS))


def test_what_was_not_committed_is_read_again_after_a_rebalance(broker: str, tmp_path: Path) -> None:
    """A fetch that is under way takes records of the new assignment before the streams are resumed."""
    source, records = rejoining_worker.SOURCE, range(rejoining_worker.RECORDS)
    create_topics(Broker(broker), replication=1, topics=(source,))
    produce(broker, source.name, [(None, b"%d" % number) for number in records])
    command = [sys.executable, "-m", "tests.harness.rejoining_worker", broker, str(tmp_path)]
    offsets = tmp_path / "offsets"
    offsets.touch()
    with running(Child("worker", command, tmp_path, {})):
        wait_until(lambda: len(offsets.read_text().split()) == 2 * len(records), 120, "all were read twice")
    assert [int(line) for line in offsets.read_text().split()] == [*records, *records]
