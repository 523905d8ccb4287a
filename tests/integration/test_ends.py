"""Where partitions end, on both brokers, when the last records came at once."""

from __future__ import annotations

from services.kafka.broker import Broker
from services.kafka.end_offsets import end_offsets
from services.kafka.last_records import last_record
from services.kafka.topics import ALERTS, BUDGET
from tests.harness.support import consume, produce


def test_an_end_is_behind_the_last_record_of_a_batch(fresh_broker: str) -> None:
    produce(fresh_broker, BUDGET.name, [(b"k", b"%d" % number) for number in range(5)])
    assert end_offsets(Broker(fresh_broker), [(BUDGET.name, 0), (ALERTS.name, 0)]) == {
        (BUDGET.name, 0): 5,
        (ALERTS.name, 0): 0,
    }
    assert last_record(Broker(fresh_broker), BUDGET.name) == b"4"
    assert last_record(Broker(fresh_broker), ALERTS.name) is None
    assert [record.value for record in consume(fresh_broker, BUDGET.name, 0)] == [b"0", b"1", b"2", b"3", b"4"]
