"""A producer that can be connected anew, and says of each record what became of it: for ingest's spool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.admin import admin
from services.kafka.broker import Broker
from services.kafka.check_rights import check_rights
from services.kafka.connection import Answer
from services.kafka.errors import RecordRefused, explain
from services.kafka.idempotent_producer import idempotent_producer
from services.kafka.producer_record import ProducerRecord
from services.kafka.rights import rights_of
from services.kafka.security import client_options


class KafkaConnection:
    """A connection that is made by `connect` and may be made again after any failure.

    `topics` must all be there, as topics that a broker makes by itself get the wrong number of partitions.

    :raises InvalidInput: when the address is none, or a file of the settings cannot be used.
    """

    def __init__(self, broker: Broker, topics: Iterable[str], client_id: str) -> None:
        client_options(broker)  # a file that cannot be used is said at once
        self._broker = broker
        self._topics = tuple(topics)
        self._client_id = client_id
        self._producer: KafkaProducer | None = None

    @property
    def broker(self) -> str:
        """The address, for messages."""
        return str(self._broker)

    def connect(self) -> None:
        """Connect anew, and check that we may write, and that every topic is there.

        :raises BrokerUnavailable: saying what to check; `BrokerRefused` without the right to write.
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
        with admin(self._broker) as client:
            check_rights(self._broker, client, rights_of("ingest"))
            return set(client.list_topics())
