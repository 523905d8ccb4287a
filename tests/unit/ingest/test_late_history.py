"""History that comes too late for a stream's detection."""

from __future__ import annotations

from services.domain.messages import Heartbeat
from services.ingest.late_history import count_late, stream_time
from services.kafka.codec import encode
from tests.factories import HOUR, MINUTE, START, raw_text


def test_a_stream_is_as_far_as_the_latest_of_its_last_records() -> None:
    records = [
        encode(raw_text(published_at=START)),
        encode(Heartbeat(source="feeds", time=START + HOUR)),
        encode(raw_text(published_at=START + 2 * HOUR, precision="seen", in_detection=False)),
        b"unreadable",
    ]
    assert stream_time(records) == START + HOUR
    assert stream_time([]) is None
    assert stream_time([b"unreadable"]) is None


def test_texts_older_than_the_lateness_are_late() -> None:
    texts = [raw_text(published_at=START + number * MINUTE) for number in range(100)]
    assert count_late(texts, None, 60) == 0
    assert count_late(texts, START + 60 * MINUTE, 60) == 0
    assert count_late(texts, START + 61 * MINUTE, 60) == 1
    assert count_late(texts, START + 400 * MINUTE, 60) == 100
