"""One record on its way to a topic, as it waits in memory and on disk."""

from __future__ import annotations

import msgspec

from services.domain.messages import DeadLetter, Heartbeat, Kind, RawText
from services.kafka.codec import encode
from services.kafka.topics import DEAD, RAW_TOPICS


class Stamp(msgspec.Struct, frozen=True):
    """What is measured when a text arrives: its kind, and when it was published and first seen (ms)."""

    kind: Kind
    published_at: int
    first_seen_at: int


class Parcel(msgspec.Struct, frozen=True):
    """Topic, key and value (UTF-8 JSON, kept as it is) of one record; only a text has a stamp."""

    topic: str
    key: str
    value: msgspec.Raw
    stamp: Stamp | None = None


def pack_text(text: RawText) -> Parcel:
    """A text: topic by kind, key by source, so that the order per source holds."""
    stamp = Stamp(text.kind, text.published_at, text.first_seen_at)
    return Parcel(RAW_TOPICS[text.kind].name, text.source, msgspec.Raw(encode(text)), stamp)


def pack_heartbeat(kind: Kind, source: str, time: int) -> Parcel:
    """A heartbeat: follows the texts of its source into their partition."""
    return Parcel(RAW_TOPICS[kind].name, source, msgspec.Raw(encode(Heartbeat(source=source, time=time))))


def pack_dead(letter: DeadLetter) -> Parcel:
    """A dead letter, keyed by its reason."""
    return Parcel(DEAD.name, letter.reason, msgspec.Raw(encode(letter)))
