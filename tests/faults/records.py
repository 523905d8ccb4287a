"""What is put onto `comments.raw`: texts and heartbeats over the partitions that are fed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.messages import Heartbeat, RawText
from services.kafka.codec import encode
from tests.harness.stream_scenario import SPREAD

PORTION = 8
"""Texts that are sent together; they are of both partitions, so that none falls behind the other."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record of `comments.raw`; `text` is the id of the text in it, None for what is to be refused or tells time."""

    partition: int
    value: bytes
    text: str | None = None
    time: int = 0
    """Of the text (ms)."""


def text_records(texts: Sequence[RawText]) -> list[RawRecord]:
    """Texts over the partitions, one here and one there."""
    return [text_record(number % SPREAD, text) for number, text in enumerate(texts)]


def text_record(partition: int, text: RawText) -> RawRecord:
    """A text as it is sent to a partition."""
    return RawRecord(partition, encode(text), text.event_id, text.published_at)


def in_portions(records: Sequence[RawRecord], size: int = PORTION) -> list[list[RawRecord]]:
    """Records as they are sent together."""
    return [list(records[at : at + size]) for at in range(0, len(records), size)]


def beats(time: int) -> list[RawRecord]:
    """A heartbeat at `time` (ms) in each partition that is fed."""
    return [RawRecord(partition, encode(Heartbeat(source="test", time=time))) for partition in range(SPREAD)]
