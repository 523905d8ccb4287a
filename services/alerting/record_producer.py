"""Records to Kafka, each delivered before the call returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.common.codec import MAX_RECORD_BYTES
from services.common.config import Settings
from services.common.errors import BrokerUnavailable

CLIENT_ID = "groundswell-relay"
BOOTSTRAP_MS = 5_000
REQUEST_MS = 5_000
DELIVERY_MS = 15_000


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
            self._producer = KafkaProducer(
                bootstrap_servers=[address.strip() for address in settings.broker.split(",")],
                client_id=CLIENT_ID,
                enable_idempotence=True,
                acks="all",
                linger_ms=5,
                max_request_size=MAX_RECORD_BYTES + 100_000,
                max_block_ms=BOOTSTRAP_MS,
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                request_timeout_ms=REQUEST_MS,
                delivery_timeout_ms=DELIVERY_MS,
                reconnect_backoff_max_ms=2_000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
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
