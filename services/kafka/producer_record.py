"""One record on its way to a topic, as it waits in memory and on disk."""

from __future__ import annotations

import msgspec

from services.domain.messages import DeadLetter, Heartbeat, Kind, RawText
from services.kafka.codec import encode
from services.kafka.topics import DEAD, RAW_TOPICS


class TextTimes(msgspec.Struct, frozen=True):
    """What is measured when a text arrives: its kind, and when it was published and first seen (ms)."""

    kind: Kind
    published_at: int
    first_seen_at: int


class ProducerRecord(msgspec.Struct, frozen=True):
    """Topic, key and value (UTF-8 JSON, kept as it is) of one record; only a text has a stamp."""

    topic: str
    key: str
    value: msgspec.Raw
    stamp: TextTimes | None = None


def text_record(text: RawText) -> ProducerRecord:
    """A text: topic by kind, key by source, so that the order per source holds."""
    stamp = TextTimes(text.kind, text.published_at, text.first_seen_at)
    return ProducerRecord(RAW_TOPICS[text.kind].name, text.source, msgspec.Raw(encode(text)), stamp)


def heartbeat_record(kind: Kind, source: str, time: int) -> ProducerRecord:
    """A heartbeat: follows the texts of its source into their partition."""
    return ProducerRecord(RAW_TOPICS[kind].name, source, msgspec.Raw(encode(Heartbeat(source=source, time=time))))


def dead_letter_record(letter: DeadLetter) -> ProducerRecord:
    """A dead letter, keyed by its reason."""
    return ProducerRecord(DEAD.name, letter.reason, msgspec.Raw(encode(letter)))
