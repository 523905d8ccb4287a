"""The idempotent kafka-python producer of those of our processes that are no Faust workers."""

from __future__ import annotations

from contextlib import suppress

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from services.domain.limits import MAX_RECORD_BYTES
from services.kafka.broker import Broker
from services.kafka.security import client_options

BOOTSTRAP_MS = 5_000
REQUEST_MS = 5_000
DELIVERY_MS = 15_000
ANSWER_SECONDS = 10.0
"""For all records that are sent together; then they have failed, whatever the client still hopes for."""
LINGER_MS = 10


class _Producer(KafkaProducer):  # type: ignore[misc] # published without types
    """kafka-python's producer, which `close` ends also when something is under way.

    `close` flushes first; in 3.0.12 that raises what it cannot flush in time, so the thread that sends is never told to
    end, and what is under way never answered.
    """

    def flush(self, timeout: float | None = None) -> None:
        """Wait for what is under way, `timeout` seconds at most; what is then left is left to the caller."""
        with suppress(KafkaTimeoutError):
            super().flush(timeout)


def idempotent_producer(broker: Broker, client_id: str) -> KafkaProducer:
    """A producer whose every delivery is confirmed by all replicas. Idempotence is asked for outright: left to the
    default, an option that conflicts switches it off in silence.

    Wait for an answer for `ANSWER_SECONDS`, which are less than `DELIVERY_MS`, then close it and make another, as
    kafka-python 3.0.12 does not keep its own one. When a batch that was sent once expires (the broker went away while
    it was written to), `Sender._send_producer_data` calls `reset_producer_id` and returns: the batches it had just
    drained are never sent, and as the state stays READY, `init_producer_id` never asks for a new id. Without one,
    `Sender.run_once` returns before it looks at what has expired: nothing that is queued is ever answered again.

    :raises InvalidInput: when `broker` is no list of host:port.
    :raises KafkaError: when no broker answers.
    """
    return _Producer(
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
