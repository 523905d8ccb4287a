"""load_texts: what `replay` and `backtest` both see."""

from __future__ import annotations

from services.domain.event_time import format_iso, parse_iso_ms
from services.files.jsonl import BadLine, GoodLine
from services.ingest.history import defaults_for_file, load_texts
from services.ingest.normalise import SourceDefaults

NOW = parse_iso_ms("2014-09-03T14:30:00Z")
DEFAULTS = SourceDefaults("tweets", "comment", b"key")

LINES: list[GoodLine | BadLine] = [
    GoodLine(1, {"id": "late", "text": "c", "created_at": "2014-09-03T12:00:00Z"}),
    GoodLine(2, {"id": "a", "text": "a", "created_at": "2014-09-03T10:00:00Z"}),
    BadLine(3, "invalid_json", "expected value", b"not json"),
    GoodLine(4, {"id": "b", "text": "b", "created_at": "2014-09-03T10:00:00Z"}),
    GoodLine(5, {"id": "a", "text": "a", "created_at": "2014-09-03T10:00:00Z", "kind": "news"}),
    GoodLine(6, {"id": "x", "text": "x", "created_at": "2099-01-01"}),
    GoodLine(7, {"id": "y", "text": "y", "url": "javascript:x", "created_at": "2014-09-03T13:00:00Z"}),
    GoodLine(8, {"id": "z", "text": "z"}),
]


def test_sorted_by_publication_and_stable() -> None:
    loaded = load_texts(LINES, DEFAULTS, NOW, "t.jsonl")
    assert [text.event_id for text in loaded.texts] == ["a", "b", "late", "y"]
    assert loaded.repeated == ("news",)
    assert loaded.changes == {"link_dropped": 1}


def test_what_was_refused_and_why() -> None:
    first, second, third = load_texts(LINES, DEFAULTS, NOW, "t.jsonl").dead
    assert (first.reason, first.detail) == ("invalid_json", "t.jsonl line 3: expected value")
    assert (first.payload, first.payload_bytes, first.stage) == (b"not json", 8, "ingest")
    assert second.reason == "bad_date"
    assert second.detail == (
        "t.jsonl line 6: created_at: expected a date such as 2014-09-03T14:30:00Z between 1990 and the moment of "
        "reading (zone UTC), got '2099-01-01'"
    )
    assert second.payload == b'{"id":"x","text":"x","created_at":"2099-01-01"}'
    assert third.detail == "t.jsonl line 8: created_at: expected a date such as 2014-09-03T14:30:00Z, got nothing"


def test_a_huge_bad_line_is_kept_in_part() -> None:
    (letter,) = load_texts([BadLine(1, "invalid_utf8", "byte 0", b"\xff" * 100_000)], DEFAULTS, NOW).dead
    assert (len(letter.payload), letter.payload_bytes) == (4_096, 100_000)


def test_nothing() -> None:
    loaded = load_texts([], DEFAULTS, NOW)
    assert (loaded.texts, loaded.repeated, loaded.dead) == ((), (), ())


def test_a_file_gives_its_name_to_records_without_a_source() -> None:
    assert defaults_for_file("/data/tweets.jsonl.gz", b"k") == SourceDefaults("tweets", "comment", b"k")
    assert defaults_for_file("-", b"k", kind="news") == SourceDefaults("pipe", "news", b"k")
    assert defaults_for_file("a.jsonl", b"k", source="wire").source == "wire"


def test_dates_that_count_from_the_moment_of_reading_need_one_of_their_own() -> None:
    lines: list[GoodLine | BadLine] = [
        GoodLine(1, {"id": "a", "text": "a", "created_at": "5分钟前", "first_seen_at": "2014-09-01T10:00:00Z"}),
        GoodLine(2, {"id": "b", "text": "b", "created_at": "5分钟前"}),
        GoodLine(3, {"id": "c", "text": "c", "created_at": "2014-09-01", "first_seen_at": "2014-09-01T11:00:00Z"}),
        GoodLine(4, {"id": "d", "text": "d", "created_at": "2014-09-01"}),
    ]
    loaded = load_texts(lines, DEFAULTS, NOW, "t.jsonl")
    assert [(text.event_id, format_iso(text.published_at), text.precision) for text in loaded.texts] == [
        ("a", "2014-09-01T09:55:00Z", "exact"),
        ("c", "2014-09-01T11:00:00Z", "day"),
        ("d", "2014-09-01T23:59:59.999Z", "day"),
    ]
    (letter,) = loaded.dead
    assert letter.detail == "t.jsonl line 2: created_at: expected first_seen_at, from which it counts, got '5分钟前'"


def test_an_archived_text_keeps_what_is_known_of_its_time() -> None:
    archived = {"id": "a", "text": "a", "published_at": 1_409_565_600_000, "precision": "seen", "in_detection": False}
    (text,) = load_texts([GoodLine(1, archived)], DEFAULTS, NOW).texts
    assert (format_iso(text.published_at), text.precision, text.in_detection) == ("2014-09-01T10:00:00Z", "seen", False)
