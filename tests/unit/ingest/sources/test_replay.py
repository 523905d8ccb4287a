"""Replay: when each text is due, how dates are shifted, what is published in which order."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from services.clock import now_ms
from services.domain.event_time import parse_iso_ms
from services.domain.messages import RawText
from services.files.jsonl import BadLine, GoodLine
from services.ingest.history import LoadedTexts, load_texts
from services.ingest.normalise import SourceDefaults
from services.ingest.sources.replay import ReplaySource, due_seconds, shift_to_now
from tests.harness.pipeline_bench import pipeline_bench

NOON = parse_iso_ms("2014-09-03T12:00:00Z")
SEEN = parse_iso_ms("2020-01-01T00:00:00Z")
HOUR = 3_600_000
DEFAULTS = SourceDefaults("tweets", "comment", b"key")


def _load(*minutes: float, source: str = "tweets") -> LoadedTexts:
    lines = [
        GoodLine(i, {"id": str(i), "text": "x", "created_at": NOON + round(60_000 * m), "source": source})
        for i, m in enumerate(minutes, start=1)
    ]
    return load_texts(lines, DEFAULTS, SEEN)


def test_due() -> None:
    assert due_seconds(NOON + HOUR, NOON, 1) == 3_600
    assert due_seconds(NOON + HOUR, NOON, 3_600) == 1
    assert due_seconds(NOON + HOUR, NOON, 0) == 0


@pytest.mark.parametrize(("speed", "first"), [(1, 0), (3_600, -3_599_000), (0, -HOUR)])
def test_shifted_dates_end_when_the_replay_ends(speed: float, first: int) -> None:
    now = parse_iso_ms("2026-01-01T00:00:00Z")
    texts = shift_to_now(_load(0, 15, 60).texts, speed, now)
    assert texts[0].published_at == now + first
    assert [b.published_at - a.published_at for a, b in pairwise(texts)] == [15 * 60_000, 45 * 60_000]
    for text in texts:
        sent_at = now + 1_000 * due_seconds(text.published_at, texts[0].published_at, speed)
        assert text.published_at <= sent_at
    assert shift_to_now([], speed, now) == []


def test_a_file_as_fast_as_possible(tmp_path: Path) -> None:
    loaded = load_texts(
        [
            GoodLine(1, {"id": "2", "text": "later", "created_at": NOON + HOUR}),
            BadLine(2, "invalid_json", "expected value", b"x"),
            GoodLine(3, {"id": "1", "text": "sooner", "created_at": NOON, "source": "other", "kind": "news"}),
            GoodLine(4, {"id": "2", "text": "later", "created_at": NOON + HOUR}),
        ],
        DEFAULTS,
        SEEN,
    )
    told: list[None] = []
    before = now_ms()
    with pipeline_bench(tmp_path) as bench:
        ReplaySource(loaded, 0, lambda: told.append(None)).run(bench.pipeline, threading.Event())
        assert bench.outbox.close(5) == 0
        assert [text.event_id for text in bench.texts()] == ["1", "2"]
        assert all(text.first_seen_at >= before for text in bench.texts())
        assert [(beat.source, beat.time) for beat in bench.heartbeats()] == [
            ("other", NOON + HOUR + 60_000),
            ("tweets", NOON + HOUR + 60_000),
        ]
        assert isinstance(bench.messages()[-1], type(bench.heartbeats()[0]))
        assert bench.pipeline.counts == {"texts": 2, "repeated": 1, "dead": 1}
        assert len(told) == 2


def test_the_pace_is_right(tmp_path: Path) -> None:
    with pipeline_bench(tmp_path) as bench:
        ReplaySource(_load(0, 30, 60), 12_000, lambda: None).run(bench.pipeline, threading.Event())
        bench.outbox.close(5)
        seen = [text.first_seen_at for text in bench.texts()]
    assert seen[1] - seen[0] >= 149
    assert seen[2] - seen[0] >= 299


def test_stopped_in_the_middle_closes_nothing(tmp_path: Path) -> None:
    stopping = threading.Event()
    with pipeline_bench(tmp_path) as bench:
        ReplaySource(_load(0, 1_000_000), 1, stopping.set).run(bench.pipeline, stopping)
        bench.outbox.close(5)
        assert [type(message) for message in bench.messages()] == [RawText]


def test_nothing_to_replay(tmp_path: Path) -> None:
    with pipeline_bench(tmp_path) as bench:
        ReplaySource(load_texts([], DEFAULTS, SEEN), 1, lambda: None).run(bench.pipeline, threading.Event())
        assert bench.messages() == []
