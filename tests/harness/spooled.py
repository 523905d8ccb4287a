"""Records with a number in them, for tests of what waits on disk."""

from __future__ import annotations

import msgspec

from services.ingest.records import TextRecord, TextTimes
from services.kafka.producer_record import ProducerRecord


def record_of(number: int) -> ProducerRecord:
    """A record with a number in it."""
    return TextRecord("news.raw", "源".encode(), b'{"n":%d}' % number, TextTimes("news", number, number))


def numbers(records: list[ProducerRecord]) -> list[int]:
    """The numbers of records."""
    return [int(msgspec.json.decode(each.value)["n"]) for each in records]
