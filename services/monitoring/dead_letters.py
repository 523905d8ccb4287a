"""Records that monitoring cannot use, onto the dead-letter topic."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from services.domain.errors import InvalidMessage
from services.kafka.app import origin_of, raw_topic
from services.kafka.delivery import dead_letter_send
from services.kafka.read_record import ReadRecord
from services.kafka.topics import DEAD
from services.monitoring.metrics import STAGE, MonitoringMetrics


class DeadLetters:
    """Counts and sends them; what comes is a Faust event."""

    def __init__(self, app: Any, metrics: MonitoringMetrics) -> None:
        self._topic = raw_topic(app, DEAD)
        self._metrics = metrics

    def send(self, error: InvalidMessage, event: Any) -> Awaitable[Awaitable[Any]]:
        """The send of one record, to be confirmed."""
        self._metrics.dead(error.reason)
        return dead_letter_send(self._topic, STAGE, error, event.value, origin_of(event))

    def send_logged(self, error: InvalidMessage, text: ReadRecord) -> Awaitable[Awaitable[Any]]:
        """The send of a text that the table holds and that no topic has in this form; its detail says where it was."""
        self._metrics.dead(error.reason)
        said = InvalidMessage(error.reason, f"the text of {text.origin.place}: {error.detail}")
        return dead_letter_send(self._topic, STAGE, said, text.value, None)
