"""The idempotent kafka-python producer of those of our processes that are no Faust workers."""

from __future__ import annotations

from kafka import KafkaProducer

from services.domain.limits import MAX_RECORD_BYTES
from services.kafka.broker import Broker
from services.kafka.security import client_options

BOOTSTRAP_MS = 5_000
REQUEST_MS = 5_000
DELIVERY_MS = 15_000
LINGER_MS = 10


def idempotent_producer(broker: Broker, client_id: str) -> KafkaProducer:
    """A producer whose every delivery is confirmed by all replicas. Idempotence is asked for outright: left to the
    default, an option that conflicts switches it off in silence.

    :raises InvalidInput: when `broker` is no list of host:port.
    :raises KafkaError: when no broker answers.
    """
    return KafkaProducer(
        **client_options(broker),
        client_id=client_id,
        enable_idempotence=True,
        acks="all",
        linger_ms=LINGER_MS,
        batch_size=65_536,
        max_request_size=MAX_RECORD_BYTES + 100_000,
        max_block_ms=BOOTSTRAP_MS,
        bootstrap_timeout_ms=BOOTSTRAP_MS,
        request_timeout_ms=REQUEST_MS,
        delivery_timeout_ms=DELIVERY_MS,
        reconnect_backoff_max_ms=2_000,
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )
