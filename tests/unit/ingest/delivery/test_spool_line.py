"""The lines of a spool: one process writes them, a later version may read them."""

from __future__ import annotations

import msgspec
import pytest

from services.ingest.delivery.spool_line import from_line, to_line
from services.ingest.records import TextRecord, TextTimes
from services.kafka.producer_record import ProducerRecord

TEXT = TextRecord("news.raw", "源".encode(), b'{"n": 1}', TextTimes("news", 5, 7))
LINE = (
    '{"topic":"news.raw","key":"源","value":{"n": 1},"stamp":{"kind":"news","published_at":5,"first_seen_at":7}}\n'
).encode()


def test_a_text_has_its_times() -> None:
    assert to_line(TEXT) == LINE
    assert from_line(LINE) == TEXT


def test_other_records_have_none() -> None:
    record = ProducerRecord("opinions.dead", b"too_large", b"{}")
    assert to_line(record) == b'{"topic":"opinions.dead","key":"too_large","value":{},"stamp":null}\n'
    assert from_line(to_line(record)) == record


@pytest.mark.parametrize("data", [b"", b"garbage\n", LINE[:-5], b'{"topic":1,"key":"","value":{}}'])
def test_what_is_no_line(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        from_line(data)
