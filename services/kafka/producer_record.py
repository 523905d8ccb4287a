"""One record on its way to a topic."""

from __future__ import annotations

import msgspec


class ProducerRecord(msgspec.Struct, frozen=True):
    """The topic, the key that chooses the partition, and the value."""

    topic: str
    key: bytes
    value: bytes
