"""What ingest's outbox needs of a broker; `KafkaConnection` is the real one, and tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from services.domain.errors import GroundswellError
from services.kafka.producer_record import ProducerRecord

OnDelivery = Callable[[GroundswellError | None], None]
"""Called once a record: with None when the broker has confirmed it, with `RecordRefused` when it will never take it,
else with the error after which it may be sent again.
"""


class BrokerConnection(Protocol):
    """A connection that can be made anew after any failure."""

    @property
    def broker(self) -> str:
        """Its address, for messages."""

    def connect(self) -> None:
        """Connect anew.

        :raises BrokerUnavailable: when that fails.
        """

    def send(self, record: ProducerRecord, done: OnDelivery) -> None:
        """Queue one record; `done` may be called from another thread."""

    def flush(self, timeout_seconds: float) -> None:
        """Wait for all that is queued."""

    def close(self, timeout_seconds: float) -> None:
        """Disconnect; what is still queued fails."""
