"""What the outbox needs of a broker, and who hears of what; `KafkaLink` in producer.py is the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.domain.errors import GroundswellError
from services.kafka.producer_record import ProducerRecord


class RecordRefused(GroundswellError):
    """The broker will never take this one record (its size, its form): dead-letter it and go on."""


OnDelivery = Callable[[GroundswellError | None], None]
"""Called once a record: with None when the broker has confirmed it, else with the error."""


class BrokerConnection(Protocol):
    """A connection that can be made anew after any failure."""

    @property
    def broker(self) -> str:
        """Its address, for messages."""

    def connect(self) -> None:
        """Connect anew.

        :raises BrokerUnavailable: when that fails.
        """

    def send(self, parcel: ProducerRecord, done: OnDelivery) -> None:
        """Queue one record."""

    def flush(self, timeout_seconds: float) -> None:
        """Wait for all that is queued."""

    def close(self, timeout_seconds: float) -> None:
        """Disconnect; what is still queued fails."""


@dataclass(frozen=True, slots=True)
class DeliveryCallbacks:
    """Who hears of what: records that the broker confirmed, and the size of the spool.

    `refused` gives the dead letter in place of a record that the broker will never take (None: there is none).
    """

    delivered: Callable[[ProducerRecord], None]
    refused: Callable[[ProducerRecord, GroundswellError], ProducerRecord | None]
    spooled: Callable[[int], None]
