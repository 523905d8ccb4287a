"""One log line a step of back-off."""

from __future__ import annotations

import logging

import pytest

from services.observability import repeats
from services.observability.repeats import Backoff, RepeatFilter


def test_one_line_a_step() -> None:
    backoff = Backoff()
    shown = {
        tenth / 10: left_out for tenth in range(2_000) if (left_out := backoff.show(1_000 + tenth / 10)) is not None
    }
    assert list(shown) == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0]
    assert list(shown.values()) == [0, 9, 19, 39, 79, 159, 319, 599, 599]


def test_after_a_minute_of_silence_the_next_one_is_shown() -> None:
    backoff = Backoff()
    assert [backoff.show(now) for now in (0.0, 0.5, 60.5, 61.6, 62.0)] == [0, None, 1, 0, None]


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "monotonic", lambda: 5.0)


def record(name: str, level: int = logging.ERROR, traceback: bool = False) -> logging.LogRecord:
    info = (ValueError, ValueError("x"), None) if traceback else None
    return logging.LogRecord(name, level, __file__, 1, "node %d is gone", (7,), info)


@pytest.mark.usefixtures("stopped_clock")
def test_only_what_repeats_itself_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    shows = RepeatFilter()
    assert shows.filter(record("kafka.net"))
    assert not shows.filter(record("aiokafka.consumer"))  # another client, the same broker
    assert shows.filter(record("faust.app"))
    assert shows.filter(record("services.kafka"))
    assert shows.filter(record("services.kafka"))
    assert shows.filter(record("kafka.net", logging.CRITICAL))
    assert shows.filter(record("kafka.net", traceback=True))
    monkeypatch.setattr(repeats, "monotonic", lambda: 7.0)
    later = record("kafka.net")
    assert shows.filter(later)
    assert later.getMessage() == "node 7 is gone (1 more lines of Kafka's clients before it)"
