"""A producer that can be connected anew, and says of each record what became of it: for ingest's spool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.addresses import bootstrap_servers
from services.kafka.connection import Answer
from services.kafka.errors import RecordRefused, explain
from services.kafka.idempotent_producer import BOOTSTRAP_MS, REQUEST_MS, idempotent_producer
from services.kafka.producer_record import ProducerRecord


class KafkaConnection:
    """A connection that is made by `connect` and may be made again after any failure.

    `topics` must all be there, as topics that a broker makes by itself get the wrong number of partitions.

    :raises InvalidInput: when `broker` is no list of host:port.
    """

    def __init__(self, broker: str, topics: Iterable[str], client_id: str) -> None:
        self._broker = broker
        self._servers = bootstrap_servers(broker)
        self._topics = tuple(topics)
        self._client_id = client_id
        self._producer: KafkaProducer | None = None

    @property
    def broker(self) -> str:
        """The address, for messages."""
        return self._broker

    def connect(self) -> None:
        """Connect anew, and check that every topic is there.

        :raises BrokerUnavailable: saying what to check.
        """
        self.close()
        try:
            missing = sorted(set(self._topics) - self._list_topics())
            if missing:
                names = ", ".join(missing)
                raise BrokerUnavailable(
                    self._broker, f"missing topics: {names}; create them: groundswell topics create"
                )
            self._producer = idempotent_producer(self._broker, self._client_id)
        except KafkaError as error:
            raise explain(error, self._broker, self._topics) from error

    def deliver(self, records: Sequence[ProducerRecord], timeout_seconds: float) -> list[Answer]:
        """Send records in their order and wait for the answers; one that has none by then has failed.

        The deadline is ours: kafka-python does not always keep its own (`idempotent_producer`).
        """
        deadline = monotonic() + timeout_seconds
        answers: list[Answer] = []
        for future in self._send_all(records, deadline):
            try:
                if isinstance(future, KafkaError):
                    raise future
                future.get(timeout=max(0.0, deadline - monotonic()))
                answers.append(None)
            except KafkaError as error:
                answers.append(explain(error, self._broker, self._topics))
        return answers

    def close(self) -> None:
        """Close at once; what is under way fails."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(0)

    def _send_all(self, records: Sequence[ProducerRecord], deadline: float) -> list[Any]:
        """A future or an error for each; behind an error that is not of the one record itself, all have it."""
        producer, results = self._producer, list[Any]()
        failure: KafkaError | None = None if producer else KafkaError("not connected")
        for record in records:
            if producer is None or failure is not None:
                results.append(failure)
                continue
            try:
                results.append(producer.send(record.topic, key=record.key, value=record.value))
            except KafkaError as error:
                results.append(error)
                if not isinstance(explain(error, self._broker, self._topics), RecordRefused):
                    failure = error
        return results

    def _list_topics(self) -> set[str]:
        """The names of all topics. Asking for one by its name makes some brokers create it."""
        client = KafkaAdminClient(
            bootstrap_servers=self._servers,
            client_id=self._client_id,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            request_timeout_ms=REQUEST_MS,
        )
        try:
            return set(client.list_topics())
        finally:
            client.close()
