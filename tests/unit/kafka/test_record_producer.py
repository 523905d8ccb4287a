"""How long a record may be on its way to the broker."""

from __future__ import annotations

from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError

from services.domain.errors import BrokerUnavailable
from services.kafka import record_producer
from services.kafka.broker import Broker
from services.kafka.idempotent_producer import DELIVERY_MS
from services.kafka.producer_record import ProducerRecord
from services.kafka.record_producer import RecordProducer


class Bench:
    """A producer whose deliveries take `seconds` each; the clock is the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now, self.seconds, self.sent = 100.0, seconds, 0
        monkeypatch.setattr(record_producer, "monotonic", lambda: self.now)
        monkeypatch.setattr(record_producer, "idempotent_producer", lambda *_: self)
        self.producer = RecordProducer(Broker("127.0.0.1:1"), "test")

    def send(self, *_: object, **__: object) -> Any:
        self.sent += 1
        return self

    def get(self, timeout: float) -> None:
        """The answer to one record, which comes `seconds` after that to the one before."""
        self.now += min(timeout, self.seconds)
        if self.seconds > timeout:
            raise KafkaTimeoutError


RECORDS = [ProducerRecord("incidents", b"key", b"value")] * 5


def test_slow_answers_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, seconds=1.9)
    bench.producer.write(RECORDS)
    assert bench.sent == len(RECORDS)


@pytest.mark.parametrize("seconds", [2.1, 600.0])
def test_all_records_together_have_less_time_than_the_client_gives_one(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    bench = Bench(monkeypatch, seconds)
    with pytest.raises(BrokerUnavailable, match="delivery failed"):
        bench.producer.write(RECORDS)
    assert bench.now == pytest.approx(110.0)
    assert bench.now - 100.0 < DELIVERY_MS / 1000
