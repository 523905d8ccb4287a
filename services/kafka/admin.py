"""A connection to the broker's admin side, or one clear error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.errors import explain_read
from services.kafka.reach import reach
from services.kafka.security import client_options


@contextmanager
def admin(broker: Broker) -> Iterator[KafkaAdminClient]:
    """An admin client, closed at the end.

    :raises InvalidInput: when its address is none, or a file of its settings cannot be used.
    :raises BrokerUnavailable: when nobody answers, or what answers is no Kafka broker; `BrokerRefused` when a
        certificate, the login or a right is at fault.
    """
    reach(broker)
    try:
        client = KafkaAdminClient(
            **client_options(broker),
            client_id="groundswell-admin",
            bootstrap_timeout_ms=5_000,
            request_timeout_ms=10_000,
        )
    except KafkaError as error:
        raise BrokerUnavailable(
            broker, f"something listens there but does not answer as Kafka does ({error})"
        ) from error
    try:
        yield client
    except KafkaError as error:
        raise explain_read(error, broker, ["the topics that were asked about"]) from error
    finally:
        client.close()
