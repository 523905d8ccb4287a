"""What waits on disk: records with a number in them, and whether a process has any."""

from __future__ import annotations

from pathlib import Path

import msgspec

from services.ingest.records import TextRecord, TextTimes
from services.kafka.producer_record import ProducerRecord


def record_of(number: int) -> ProducerRecord:
    """A record with a number in it."""
    return TextRecord("news.raw", "源".encode(), b'{"n":%d}' % number, TextTimes("news", number, number))


def numbers(records: list[ProducerRecord]) -> list[int]:
    """The numbers of records."""
    return [int(msgspec.json.decode(each.value)["n"]) for each in records]


def anything_waits(folder: Path) -> bool:
    """Whether the spool of a process holds what is not confirmed: the header of a segment says where that begins."""
    for path in (folder / "state" / "spool").glob("*.jsonl"):
        header, _, _ = path.read_bytes().partition(b"\n")
        if msgspec.json.decode(header)["confirmed"] < path.stat().st_size:
            return True
    return False
