"""A connection to the broker's admin side, or one clear error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.addresses import answers, bootstrap_servers, split_addresses


@contextmanager
def admin(broker: str) -> Iterator[KafkaAdminClient]:
    """An admin client, closed at the end.

    :raises InvalidInput: when `broker` is no list of host:port.
    :raises BrokerUnavailable: when nobody answers, or what answers is no Kafka broker.
    """
    if not any(answers(host, port) for host, port in split_addresses(broker)):
        raise BrokerUnavailable(broker, "nobody answers; is it running, and is the address right?")
    try:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap_servers(broker),
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
        raise BrokerUnavailable(broker, f"the request failed: {error}") from error
    finally:
        client.close()
