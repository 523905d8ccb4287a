"""The link to Kafka, and the only place in ingest that knows kafka-python."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import (
    AuthorizationError,
    InvalidRecordError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    SaslAuthenticationFailedError,
)

from services.domain.errors import BrokerUnavailable, GroundswellError
from services.kafka.addresses import addresses
from services.kafka.connection import OnDelivery, RecordRefused
from services.kafka.idempotent_producer import BOOTSTRAP_MS, REQUEST_MS, idempotent_producer
from services.kafka.producer_record import ProducerRecord

log = logging.getLogger(__name__)

CLIENT_ID = "groundswell-ingest"
_CLUSTER_DENIED = "[Error 31]"
_UNUSABLE = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)


class KafkaConnection:
    """A connection that is made by `connect` and may be made again after any failure.

    `topics` must all be there, as topics that a broker makes by itself get the wrong number of partitions.
    """

    def __init__(self, broker: str, topics: Iterable[str]) -> None:
        self._broker = broker
        self._topics = tuple(topics)
        self._producer: KafkaProducer | None = None

    @property
    def broker(self) -> str:
        """The address, for messages."""
        return self._broker

    def connect(self) -> None:
        """Connect anew, and check that every topic is there.

        :raises BrokerUnavailable: saying what to check.
        """
        self.close(0)
        servers = addresses(self._broker)
        try:
            missing = sorted(set(self._topics) - _list_topics(servers))
            if missing:
                names = ", ".join(missing)
                raise BrokerUnavailable(
                    self._broker, f"missing topics: {names}; create them: groundswell topics create"
                )
            self._producer = idempotent_producer(self._broker, CLIENT_ID)
        except KafkaError as error:
            raise self._explain(error) from error
        except ValueError as error:
            raise BrokerUnavailable(self._broker, f"expected host:port[,host:port] ({error})") from error

    def send(self, parcel: ProducerRecord, done: OnDelivery) -> None:
        """Queue one record; `done` is called from another thread, or at once when queueing fails."""
        if self._producer is None:
            done(BrokerUnavailable(self._broker, "not connected"))
            return
        try:
            future = self._producer.send(parcel.topic, value=bytes(parcel.value), key=parcel.key.encode())
        except KafkaError as error:
            done(self._explain(error))
            return
        future.add_callback(lambda _: done(None))
        future.add_errback(lambda error: done(self._explain(error)))

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

    def _explain(self, error: Exception) -> GroundswellError:
        """kafka-python's error in words that name the broker, the principal and the setting."""
        if isinstance(error, _UNUSABLE):
            return RecordRefused(f"Kafka broker {self._broker} refuses the record: {error}")
        who = "as the principal ANONYMOUS (no user is configured)"
        if isinstance(error, SaslAuthenticationFailedError):
            return BrokerUnavailable(self._broker, f"the login {who} failed; check the credentials ({error})")
        if isinstance(error, AuthorizationError) or _CLUSTER_DENIED in str(error):
            topics = ", ".join(self._topics)
            return BrokerUnavailable(
                self._broker, f"no right to write {who}; grant Write and Describe on {topics} ({error})"
            )
        if "bootstrap" in str(error).lower():
            return BrokerUnavailable(
                self._broker,
                f"nobody answers {who}; is it running, does it want a login or TLS, "
                "is --broker (GROUNDSWELL_BROKER) right?",
            )
        return BrokerUnavailable(self._broker, f"delivery failed: {error}")


def _list_topics(servers: list[str]) -> set[str]:
    """The names of all topics. Asking for one by its name makes some brokers create it."""
    admin = KafkaAdminClient(
        bootstrap_servers=servers,
        client_id=CLIENT_ID,
        bootstrap_timeout_ms=BOOTSTRAP_MS,
        request_timeout_ms=REQUEST_MS,
    )
    try:
        return set(admin.list_topics())
    finally:
        admin.close()
