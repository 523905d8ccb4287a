"""Who hears of what happens to records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.kafka.errors import RecordRefused
from services.kafka.producer_record import ProducerRecord


@dataclass(frozen=True, slots=True)
class DeliveryCallbacks:
    """`delivered` gets each record that the broker has confirmed, `spooled` how many wait on disk while it takes none.

    `refused` gives the dead letter in place of a record that the broker will never take (None: there is none).
    """

    delivered: Callable[[ProducerRecord], None]
    refused: Callable[[ProducerRecord, RecordRefused], ProducerRecord | None]
    spooled: Callable[[int], None]
