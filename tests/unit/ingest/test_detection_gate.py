"""Which texts take part in detection though nobody knows exactly how old they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.domain.event_time import DAY_MS, HOUR_MS, MINUTE_MS, format_iso, parse_iso_ms
from services.ingest.detection_gate import MOST_UNDATED_A_MINUTE
from services.ingest.normalise import SourceDefaults
from tests.harness.pipeline_bench import PipelineBench, pipeline_bench

NOW = parse_iso_ms("2025-03-12T12:30:00Z")
DEFAULTS = SourceDefaults("feed", "news", b"key")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PipelineBench]:
    with pipeline_bench(tmp_path) as bench:
        yield bench


def _entries(count: int, date: object = None, first: int = 0) -> list[dict[str, Any]]:
    return [{"id": f"e{n}", "title": f"Entry {n}", "published_at": date} for n in range(first, first + count)]


def _fetch(bench: PipelineBench, entries: Sequence[object], now: int = NOW) -> list[bool]:
    """Whether each text that is published takes part."""
    before = len(bench.texts())
    bench.pipeline.take_fetch(entries, DEFAULTS, "feed x", now)
    return [text.in_detection for text in bench.texts()[before:]]


def test_nothing_undated_of_a_first_fetch_takes_part(bench: PipelineBench) -> None:
    entries = _entries(40) + _entries(1, format_iso(NOW - HOUR_MS), first=40)
    assert _fetch(bench, entries) == [True] + [False] * 40
    assert [text.published_at for text in bench.texts()][:2] == [NOW - HOUR_MS, NOW]
    assert bench.counted("texts_normalised_total", what="date_missing") == 40
    assert bench.counted("texts_normalised_total", what="not_in_detection") == 40


def test_a_day_without_a_time_may_be_that_of_a_first_fetch(bench: PipelineBench) -> None:
    assert _fetch(bench, _entries(3, "2025-03-12")) == [False] * 3
    assert _fetch(bench, _entries(5, "2025-03-12")) == [True] * 2
    assert [text.published_at for text in bench.texts()] == [NOW] * 5


def test_days_that_a_feed_writes_as_midnights_are_days(bench: PipelineBench) -> None:
    days = ["Wed, 12 Mar 2025 00:00:00 GMT", "Tue, 11 Mar 2025 00:00:00 GMT", "Wed, 12 Mar 2025 00:00:00 GMT"]
    entries = [{"id": str(n), "title": "Down", "published_at": day} for n, day in enumerate(days)]
    _fetch(bench, entries[1:2])
    assert bench.texts()[0].precision == "exact"
    assert _fetch(bench, entries) == [True, True]
    assert [(text.published_at, text.precision) for text in bench.texts()[1:]] == [(NOW, "day")] * 2
    other = {"id": "x", "title": "Down", "published_at": "Wed, 12 Mar 2025 00:00:01 GMT"}
    again = {"id": "y", "title": "Down", "published_at": days[0]}
    assert _fetch(bench, [*entries, other, again]) == [True, True]
    assert [text.precision for text in bench.texts()[3:]] == ["exact", "exact"]


def test_undated_entries_take_part_later_on_unless_they_are_too_many_to_be_new(bench: PipelineBench) -> None:
    _fetch(bench, _entries(10))
    assert _fetch(bench, _entries(10, first=5)) == [True] * 5
    assert _fetch(bench, _entries(10, first=9)) == [True] * 4
    assert _fetch(bench, _entries(10, first=14)) == [True] * 5
    assert _fetch(bench, _entries(10, first=20)) == [False] * 6


def test_a_first_fetch_with_dates_ahead_of_the_clock_is_in_another_zone(bench: PipelineBench) -> None:
    """Clock times of Beijing, read in UTC: what is said to be of now is eight hours old."""
    clock = format_iso(NOW + 7 * HOUR_MS)[:19]
    entries = _entries(20, format_iso(NOW - 10 * MINUTE_MS)[:19]) + _entries(1, clock, first=20)
    assert _fetch(bench, entries) == [False] * 21
    assert _fetch(bench, _entries(1, format_iso(NOW + MINUTE_MS), first=30), NOW + MINUTE_MS) == [True]


def test_dates_that_are_known_take_part_from_the_first_fetch_on(bench: PipelineBench) -> None:
    entries = [{"id": str(n), "title": "Down", "published_at": NOW - n * MINUTE_MS} for n in range(30)]
    assert _fetch(bench, entries) == [True] * 30
    assert [text.published_at for text in bench.texts()] == [NOW - n * MINUTE_MS for n in reversed(range(30))]


def test_feeds_of_one_source_have_a_first_fetch_each(bench: PipelineBench) -> None:
    for number, symbol in enumerate(("one", "two", "one")):
        entries = _entries(4, "2025-03-12", first=10 * number)
        bench.pipeline.take_fetch(entries, DEFAULTS, "feed x", NOW, feed=f"https://example.com/feed?s={symbol}")
    assert [text.in_detection for text in bench.texts()] == [False] * 8 + [True] * 4


def _push(bench: PipelineBench, number: int, now: int, date: object = None, **more: Any) -> bool:
    record = {"id": str(number), "text": "Down", "created_at": date}
    bench.pipeline.take(record, DEFAULTS, "here", now, **more).delivery.result(30)  # type: ignore[union-attr]
    return bench.texts()[-1].in_detection


def test_undated_texts_that_are_pushed_take_part_after_the_first_minute(bench: PipelineBench) -> None:
    assert not _push(bench, 0, NOW)
    assert not _push(bench, 1, NOW + MINUTE_MS - 1)
    assert _push(bench, 2, NOW + MINUTE_MS)


def test_a_backlog_of_undated_texts_that_is_pushed_does_not(bench: PipelineBench) -> None:
    _push(bench, 0, NOW, "2025-03-12")
    later = NOW + DAY_MS
    pushed = [{"id": f"p{n}", "text": "Down"} for n in range(MOST_UNDATED_A_MINUTE + 5)]
    for record in pushed:
        bench.pipeline.take(record, DEFAULTS, "here", later)
    taken = [text.in_detection for text in bench.texts()[1:]]
    assert taken == [True] * MOST_UNDATED_A_MINUTE + [False] * 5
    assert _push(bench, 1, later + MINUTE_MS)


def test_a_day_that_is_pushed_counts_as_of_when_it_came(bench: PipelineBench) -> None:
    assert _push(bench, 0, NOW, "2025-03-12")
    assert bench.texts()[-1].published_at == NOW


def test_an_undated_line_of_a_file_does_not_take_part_and_moves_no_time(bench: PipelineBench) -> None:
    assert not _push(bench, 0, NOW, pushed=False)
    assert _push(bench, 1, NOW, NOW - DAY_MS, pushed=False)
    bench.pipeline.beat_last()
    assert [beat.time for beat in bench.heartbeats()] == [NOW - DAY_MS + MINUTE_MS]
