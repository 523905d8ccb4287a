"""A record as a line of the spool: JSON, and its value the JSON that it is, so that a person can read the file."""

from __future__ import annotations

import msgspec

from services.ingest.records import TextRecord, TextTimes
from services.kafka.producer_record import ProducerRecord


class _Line(msgspec.Struct):
    topic: str
    key: str
    value: msgspec.Raw
    times: TextTimes | None = msgspec.field(default=None, name="stamp")
    """Of a text only."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)


def to_line(record: ProducerRecord) -> bytes:
    """The line, its end included."""
    times = record.times if isinstance(record, TextRecord) else None
    return _encoder.encode(_Line(record.topic, record.key.decode(), msgspec.Raw(record.value), times)) + b"\n"


def from_line(data: bytes) -> ProducerRecord:
    """The record of a line.

    :raises msgspec.DecodeError: when it is none.
    """
    line = _decoder.decode(data)
    key, value = line.key.encode(), bytes(line.value)
    if line.times is None:
        return ProducerRecord(line.topic, key, value)
    return TextRecord(line.topic, key, value, line.times)
