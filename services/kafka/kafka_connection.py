"""A producer that can be connected anew, and tells of each record by a callback: for ingest's outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from services.domain.errors import BrokerUnavailable
from services.kafka.admin import admin
from services.kafka.broker import Broker
from services.kafka.check_rights import check_rights
from services.kafka.connection import OnDelivery
from services.kafka.errors import explain
from services.kafka.idempotent_producer import idempotent_producer
from services.kafka.producer_record import ProducerRecord
from services.kafka.rights import rights_of
from services.kafka.security import client_options

log = logging.getLogger(__name__)


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
        self.close(0)
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

    def send(self, record: ProducerRecord, done: OnDelivery) -> None:
        """Queue one record; `done` is called from another thread, or at once when queueing fails."""
        if self._producer is None:
            done(BrokerUnavailable(self._broker, "not connected"))
            return
        try:
            future = self._producer.send(record.topic, key=record.key, value=record.value)
        except KafkaError as error:
            done(explain(error, self._broker, self._topics))
            return
        future.add_callback(lambda _: done(None))
        future.add_errback(lambda error: done(explain(error, self._broker, self._topics)))

    def flush(self, timeout_seconds: float) -> None:
        """Wait until every record that was queued is confirmed or has failed, at most `timeout_seconds`."""
        if self._producer is None:
            return
        try:
            self._producer.flush(timeout_seconds)
        except KafkaTimeoutError:
            log.warning("the broker %s has not answered within %.0f s", self._broker, timeout_seconds)

    def close(self, timeout_seconds: float) -> None:
        """Close; records that are still queued after `timeout_seconds` fail, and `done` hears of it."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout_seconds)
        except KafkaError as error:
            log.debug("while closing: %s", error)

    def _list_topics(self) -> set[str]:
        """The names of all topics. Asking for one by its name makes some brokers create it."""
        with admin(self._broker) as client:
            check_rights(self._broker, client, rights_of("ingest"))
            return set(client.list_topics())
