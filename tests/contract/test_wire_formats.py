"""What earlier versions wrote to topics, tables and the spool is read, and written again as it was, new fields aside.

`tests/data/wire_formats_2026_11.json` was written by the version of 26 November 2026: one message of each kind, lines
of a spool, and records of a backtest with open incidents of every channel.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.detector.key_record import KeyRecord
from services.detector.market.messages import KeyClosed, KeyOpened, PartitionPassed
from services.detector.market.state import MarketState
from services.detector.shared import DailyAggregate
from services.domain.messages import (
    BudgetStatus,
    DeadLetter,
    Heartbeat,
    IncidentCleared,
    IncidentRaised,
    IncidentRecord,
    KeyedText,
    Message,
    RawText,
    ScoredText,
    WatermarkUpdate,
)
from services.ingest.delivery.spool_line import from_line, to_line
from services.kafka.codec import Codec, encode
from services.monitoring.partition_records import PartitionRecord, TimeRecord

WRITTEN: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "wire_formats_2026_11.json").read_text(encoding="utf-8")
)
MESSAGES: dict[str, type[Message]] = {
    "raw_text": RawText,
    "heartbeat": Heartbeat,
    "scored_text": ScoredText,
    "dead_letter": DeadLetter,
    "raised": IncidentRaised,
    "raised_rule": IncidentRaised,
    "raised_volume": IncidentRaised,
    "cleared": IncidentCleared,
    "incident": IncidentRecord,
    "budget": BudgetStatus,
    "keyed_text": KeyedText,
    "watermark_update": WatermarkUpdate,
    "daily_aggregate": DailyAggregate,
    "key_opened": KeyOpened,
    "key_closed": KeyClosed,
    "partition_passed": PartitionPassed,
}
STATE: dict[str, type[msgspec.Struct]] = {
    "key": KeyRecord,
    "partition": PartitionRecord,
    "time": TimeRecord,
    "market": MarketState,
}


def test_every_format_is_looked_at() -> None:
    assert set(WRITTEN["messages"]) == set(MESSAGES)
    assert set(WRITTEN["state"]) == set(STATE)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_read_and_written_as_it_was(name: str) -> None:
    written = WRITTEN["messages"][name]
    message = Codec(MESSAGES[name]).decode(json.dumps(written).encode())
    assert _same_fields(json.loads(encode(message)), written) == written


def _same_fields(now: Any, written: Any) -> Any:
    """What is written now, without the fields that the earlier version did not know."""
    if isinstance(now, dict) and isinstance(written, dict):
        return {name: _same_fields(now[name], value) for name, value in written.items() if name in now}
    if isinstance(now, list) and isinstance(written, list) and len(now) == len(written):
        return [_same_fields(*pair) for pair in zip(now, written, strict=True)]
    return now


def _without(written: Any, gone: str) -> Any:
    """A record without a field that it had before."""
    if isinstance(written, dict):
        return {name: _without(value, gone) for name, value in written.items() if name != gone}
    return [_without(each, gone) for each in written] if isinstance(written, list) else written


@pytest.mark.parametrize("name", STATE)
def test_a_record_of_a_table_is_read_and_written_as_it_was(name: str) -> None:
    packed = zlib.decompress(base64.b64decode(WRITTEN["state"][name]))
    record = msgspec.msgpack.decode(packed, type=STATE[name])
    again, written = msgspec.msgpack.decode(msgspec.msgpack.encode(record)), msgspec.msgpack.decode(packed)
    assert _same_fields(again, written) == _without(written, "fingerprint")


def test_the_record_of_a_key_has_every_channel() -> None:
    packed = zlib.decompress(base64.b64decode(WRITTEN["state"]["key"]))
    record = msgspec.msgpack.decode(packed, type=KeyRecord)
    assert record.state is not None
    assert record.state.incident is not None
    assert (len(record.state.evidence), record.volume is not None) == (1, True)
    assert list(record.rules) == ["bank-run", "legal-risk"]


def test_a_spool_of_before_is_delivered() -> None:
    lines = [json.dumps(line, ensure_ascii=False).encode() for line in WRITTEN["spool"]]
    records = [from_line(line) for line in lines]
    assert [record.topic for record in records] == ["comments.raw", "news.raw", "opinions.dead"]
    assert [json.loads(to_line(record)) for record in records] == WRITTEN["spool"]
