"""What may come on a topic, and under which reason the rest is dead-lettered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.detector.market.messages import KeyClosed
from services.domain.errors import DEAD_REASONS, InvalidMessage
from services.domain.limits import MAX_RECORD_BYTES, MAX_TEXT_CHARS
from services.domain.messages import Heartbeat, Origin, RawText, ScoredText, WatermarkUpdate
from services.kafka.codec import Codec, encode
from tests.factories import raw_text

SEEN = 1_409_750_000_000
DAY = 24 * 3_600_000
RAW = raw_text("苹果 shares fall", event_id="1", lang="zh", published_at=SEEN - 5, first_seen_at=SEEN)
codec = Codec(RawText, Heartbeat)


def _with(**changes: Any) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(encode(RAW)) | changes)


@pytest.mark.parametrize("message", [RAW, Heartbeat(source="wire", time=5)])
def test_a_message_comes_back_as_it_was(message: Any) -> None:
    assert codec.decode(encode(message), SEEN) == message


def test_a_fingerprint_of_64_bits_survives() -> None:
    scored = ScoredText(
        **{name: getattr(RAW, name) for name in ("event_id", "kind", "source", "text", "lang")},
        published_at=SEEN,
        first_seen_at=SEEN,
        scored_at=SEEN,
        author=None,
        title=None,
        url=None,
        sentiment=(0.2, 0.5, 0.3),
        topics={"earnings": 0.9},
        companies=(),
        fingerprint=2**64 - 1,
        model_version="m/1",
        origin=Origin(topic="news.raw", partition=1, offset=7),
    )
    assert Codec(ScoredText, WatermarkUpdate).decode(encode(scored)) == scored


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "invalid_field"),
        (b"\xff\xfe", "invalid_utf8"),
        (b"{", "invalid_json"),
        (b"", "invalid_json"),
        (b"[]", "invalid_field"),
        (b'{"type":"raw_text","schema":1}', "invalid_field"),
        (b'{"type":"raw_text","schema":2,"new":1}', "unknown_schema"),
        (b'{"type":"no_such","schema":1}', "invalid_field"),
        (_with(schema=7), "unknown_schema"),
        (_with(text=""), "empty_text"),
        (_with(text="  "), "empty_text"),
        (_with(text=5), "invalid_field"),
        (_with(text="x" * (MAX_TEXT_CHARS + 1)), "too_large"),
        (b" " * (MAX_RECORD_BYTES + 1), "too_large"),
        (_with(published_at=-62_135_596_800_000), "bad_date"),
        (_with(published_at=SEEN + DAY + 1), "bad_date"),
        (_with(published_at=4_070_908_800_000, first_seen_at=4_070_908_800_000), "bad_date"),
        (_with(published_at="2014-09-03"), "invalid_field"),
        (b'{"type":"heartbeat","source":"w","time":NaN}', "invalid_json"),
        (_with(sentiment=[0.9, 0.9, 0.9]), "invalid_field"),
        (_with(lang="xx"), "invalid_field"),
        (b"[" * 900_000, "too_deep"),
        (b'{"type":"raw_text","schema":1,"more":' + b'{"a":' * 100_000, "too_deep"),
        (_with(tickers=["AAPL"] * 51), "invalid_field"),
        (_with(tickers=[f"T{number}" for number in range(100_000)]), "invalid_field"),
        (_with(tickers=["A" * 21]), "invalid_field"),
        (_with(event_id="x" * 500_000), "invalid_field"),
        (_with(url="https://e.example/" + "x" * 500_000), "invalid_field"),
        (_with(source="x" * 101), "invalid_field"),
        (_with(first_seen_at=-(10**18)), "bad_date"),
        (_with(published_at=10**30), "bad_date"),
        (_with(sentiment=[1.5, -0.5, 0.0]), "invalid_field"),
        (b'{"type":"heartbeat","schema":1,"source":"w","time":4070908800000}', "bad_date"),
        (b'{"type":"heartbeat","schema":1,"source":"w","time":-1}', "bad_date"),
        (b'{"type":"heartbeat","schema":1,"source":"w","time":1e400}', "invalid_field"),
    ],
)
def test_the_rest_has_a_reason(data: bytes | None, reason: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        codec.decode(data, SEEN)
    assert caught.value.reason == reason
    assert reason in DEAD_REASONS


@pytest.mark.parametrize("key", ["company:AAPL", "pair:fraud|PRIVATE:HUAWEI"])
def test_a_key_comes_back_as_it_was(key: str) -> None:
    closed = KeyClosed(key=key, incident="i", time=SEEN)
    assert Codec(KeyClosed).decode(encode(closed)) == closed


@pytest.mark.parametrize("key", ["", "AAPL", "company:", "person:Musk"])
def test_what_is_no_key_is_an_invalid_field(key: str) -> None:
    with pytest.raises(InvalidMessage, match=r"key: expected a key such as company:AAPL") as caught:
        Codec(KeyClosed).decode(encode(KeyClosed(key=key, incident="i", time=SEEN)))
    assert caught.value.reason == "invalid_field"


def test_a_later_date_is_fine_within_a_day() -> None:
    assert codec.decode(_with(published_at=SEEN + DAY), SEEN).published_at == SEEN + DAY
