"""What ingest's outbox needs of a broker; `KafkaConnection` is the real one, and tests bring their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.domain.errors import GroundswellError
from services.kafka.producer_record import ProducerRecord

Answer = GroundswellError | None
"""What the broker said to a record: None when it has it, `RecordRefused` when it will never take it, else the error
after which it may be sent again.
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

    def deliver(self, records: Sequence[ProducerRecord], timeout_seconds: float) -> list[Answer]:
        """Send records in their order and wait for the answers; one that has none by then has failed.

        After a failure `connect` must be called.
        """

    def close(self) -> None:
        """Disconnect at once; what is under way fails. May be called from another thread."""
