"""What ingest publishes, as records: texts and heartbeats, keyed by their source so that its order holds."""

from __future__ import annotations

import msgspec

from services.domain.messages import Heartbeat, Kind, RawText
from services.kafka.codec import encode
from services.kafka.producer_record import ProducerRecord
from services.kafka.topics import RAW_TOPICS


class TextTimes(msgspec.Struct, frozen=True):
    """What is measured when a text has reached the broker: its kind, and when it was published and first seen (ms)."""

    kind: Kind
    published_at: int
    first_seen_at: int


class TextRecord(ProducerRecord, frozen=True):
    """The record of a text."""

    times: TextTimes


def text_record(text: RawText) -> TextRecord:
    """A text: topic by kind, key by source."""
    times = TextTimes(text.kind, text.published_at, text.first_seen_at)
    return TextRecord(RAW_TOPICS[text.kind].name, text.source.encode(), encode(text), times)


def heartbeat_record(kind: Kind, source: str, time: int) -> ProducerRecord:
    """A heartbeat: follows the texts of its source into their partition."""
    return ProducerRecord(RAW_TOPICS[kind].name, source.encode(), encode(Heartbeat(source=source, time=time)))
