"""Records to Kafka, each delivered before the call returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.idempotent_producer import DELIVERY_MS, idempotent_producer
from services.settings import Settings

CLIENT_ID = "groundswell-relay"


class Record(NamedTuple):
    """One record for a topic."""

    topic: str
    key: bytes
    value: bytes


class RecordProducer:
    """An idempotent producer.

    :raises BrokerUnavailable: when no broker answers.
    """

    def __init__(self, settings: Settings) -> None:
        self._broker = settings.broker
        try:
            self._producer = idempotent_producer(self._broker, CLIENT_ID)
        except (KafkaError, ValueError) as error:
            raise BrokerUnavailable(self._broker, f"no answer to the relay ({error})") from error

    def write(self, records: Sequence[Record]) -> None:
        """Send records, in their order, and wait until the broker has each.

        :raises BrokerUnavailable: when one was not delivered.
        """
        try:
            futures = [self._producer.send(each.topic, key=each.key, value=each.value) for each in records]
            for future in futures:
                future.get(timeout=DELIVERY_MS / 1000 + 1)
        except KafkaError as error:
            raise BrokerUnavailable(self._broker, f"delivery failed: {error}") from error

    def close(self) -> None:
        """Close without waiting: nothing is queued between two calls."""
        self._producer.close(0)
