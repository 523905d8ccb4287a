"""Labelled events from lines."""

from __future__ import annotations

import json

import pytest

from services.backtest.events import Event, read_events
from services.companies import default_linker
from services.domain.errors import InvalidInput
from services.domain.event_time import parse_iso_ms
from services.domain.key import MonitoredKey
from services.files.jsonl import parse_line

GOOD = {"entity": "600036", "start": "2014-09-03", "end": "2014-09-04", "label": "negative", "text": "a loss"}


def read(*records: object) -> list[Event]:
    lines = [parse_line(number, json.dumps(record).encode()) for number, record in enumerate(records, start=1)]
    return read_events(lines, default_linker(), "events.jsonl")


def test_a_ticker_becomes_the_id_of_the_stream_and_a_date_alone_ends_with_its_day() -> None:
    timed = GOOD | {"entity": "JPM", "end": "2014-09-04T12:00:00+08:00", "label": "spam"}
    start = parse_iso_ms("2014-09-03")
    assert read(GOOD, timed) == [
        Event(MonitoredKey.of_company("600036.SH"), start, parse_iso_ms("2014-09-05"), "negative"),
        Event(MonitoredKey.of_company("JPM"), start, parse_iso_ms("2014-09-04T04:00:00Z"), "spam"),
    ]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ([], "expected a JSON object, got list"),
        (GOOD | {"label": None}, "label: expected a text, got None"),
        (GOOD | {"start": "yesterday"}, "expected a date such as 2014-09-03, got 'yesterday'"),
        (GOOD | {"end": "2014-09-01"}, "expected an end after the start 2014-09-03, got 2014-09-01"),
        (GOOD | {"entity": "no such company"}, "expected a company's id, ticker or name, got 'no such company'"),
    ],
)
def test_a_bad_line_is_named(record: object, expected: str) -> None:
    with pytest.raises(InvalidInput, match=r"events\.jsonl line 2") as caught:
        read(GOOD, record)
    assert expected in str(caught.value)
