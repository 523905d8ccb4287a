"""A dead letter as a record: one rule of its topic and key for all processes."""

from __future__ import annotations

from services.domain.messages import DeadLetter, DeadLetterRetried
from services.kafka.codec import encode
from services.kafka.producer_record import ProducerRecord
from services.kafka.topics import DEAD


def dead_letter_record(letter: DeadLetter) -> ProducerRecord:
    """A dead letter, keyed by its reason."""
    return ProducerRecord(DEAD.name, letter.reason.encode(), encode(letter))


def retried_record(retried: DeadLetterRetried) -> ProducerRecord:
    """That a dead letter was retried."""
    return ProducerRecord(DEAD.name, b"retried", encode(retried))
