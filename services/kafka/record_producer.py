"""Records to Kafka, each delivered before the call returns: for the relay, and for whoever retries dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.idempotent_producer import ANSWER_SECONDS, idempotent_producer
from services.kafka.producer_record import ProducerRecord


class RecordProducer:
    """An idempotent producer.

    :raises InvalidInput: when `broker` is no list of host:port.
    :raises BrokerUnavailable: when no broker answers.
    """

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._broker = broker
        try:
            self._producer = idempotent_producer(broker, client_id)
        except KafkaError as error:
            raise BrokerUnavailable(broker, f"no answer to {client_id} ({error})") from error

    def write(self, records: Sequence[ProducerRecord]) -> None:
        """Send records, in their order, and wait until the broker has each.

        :raises BrokerUnavailable: when one was not delivered within ten seconds; use the producer no more then.
        """
        self._send([(each, None) for each in records])

    def write_to(self, partition: int, record: ProducerRecord) -> None:
        """Send a record to a partition, whatever its key, and wait until the broker has it.

        :raises BrokerUnavailable: when it was not delivered within ten seconds; use the producer no more then.
        """
        self._send([(record, partition)])

    def _send(self, records: Sequence[tuple[ProducerRecord, int | None]]) -> None:
        deadline = monotonic() + ANSWER_SECONDS
        try:
            futures = [
                self._producer.send(each.topic, key=each.key, value=each.value, partition=partition)
                for each, partition in records
            ]
            for future in futures:
                future.get(timeout=max(0.0, deadline - monotonic()))
        except KafkaError as error:
            raise BrokerUnavailable(self._broker, f"delivery failed: {error}") from error

    def close(self) -> None:
        """Close without waiting: nothing is queued between two calls."""
        self._producer.close(0)
