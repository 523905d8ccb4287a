"""A connection to the broker's admin side, or one clear error."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.kafka.addresses import answers, split_addresses

_log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


@contextmanager
def admin(broker: str) -> Iterator[KafkaAdminClient]:
    """An admin client, closed at the end.

    :raises BrokerUnavailable: when nobody answers, or what answers is no Kafka broker.
    """
    addresses = split_addresses(broker)
    if not any(answers(host, port) for host, port in addresses):
        raise BrokerUnavailable(broker, "nobody answers; is it running, and is the address right?")
    try:
        client = KafkaAdminClient(
            bootstrap_servers=[f"{host}:{port}" for host, port in addresses],
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


def wait_for_broker(broker: str, seconds: float, stopping: Event, ended: Callable[[], bool] = lambda: False) -> None:
    """Return once `broker` answers a metadata request; retries with back-off for `seconds`.

    Gives up early when `stopping` is set or `ended` says that its process is gone.

    :raises BrokerUnavailable: when it does not answer in time.
    """
    deadline = monotonic() + seconds
    pause = FIRST_PAUSE_SECONDS
    told = False
    while True:
        try:
            with admin(broker) as client:
                client.list_topics()
            return
        except BrokerUnavailable as error:
            if ended() or stopping.is_set() or monotonic() + pause > deadline:
                raise
            if pause >= 1.0 and not told:
                _log.warning("%s; trying again for up to %.0f s", error, deadline - monotonic())
                told = True
        stopping.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
