"""The pipeline: what is published, dropped and dead-lettered, and what is counted."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.files.jsonl import BadLine
from services.ingest.delivery.not_accepted import NotAccepted
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import Accepted, Rejected, Repeated
from services.ingest.sources.rss.parse import parse_feed
from tests.harness.pipeline_bench import PipelineBench, pipeline_bench

NOW = 1_409_754_600_000
DEFAULTS = SourceDefaults("tweets", "comment", b"key")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PipelineBench]:
    with pipeline_bench(tmp_path) as bench:
        yield bench


def test_accepted(bench: PipelineBench) -> None:
    taken = bench.pipeline.take({"id": "1", "text": "up", "kind": "news"}, DEFAULTS, "here", NOW)
    assert isinstance(taken, Accepted)
    assert taken.delivery.result(30) is None
    assert bench.texts() == [taken.text]
    assert [(record.topic, record.key) for record in bench.connection.received] == [("news.raw", b"tweets")]
    assert bench.counted("texts_in_total", stage="ingest", kind="news") == 1
    assert bench.counted("texts_normalised_total", what="date_missing") == 1
    assert bench.pipeline.counts == {"texts": 1}


def test_a_text_is_known_by_its_id_and_its_content(bench: PipelineBench) -> None:
    def take(text: str, defaults: SourceDefaults = DEFAULTS) -> Accepted | Repeated | Rejected:
        return bench.pipeline.take({"id": "1", "text": text}, defaults, "here", NOW)

    first, repeat = take("up"), take("up")
    assert isinstance(first, Accepted)
    assert isinstance(repeat, Repeated)
    first.delivery.result(30)
    other = take("a text of another kind under the same id")
    assert isinstance(other, Accepted)
    assert isinstance(take("up", DEFAULTS.of("other")), Accepted)
    assert take("up") == Repeated("1")
    assert isinstance(take(other.text.text), Repeated)
    assert (first.text.event_id, other.text.event_id == "1", other.text.revises) == ("1", False, None)
    assert len(bench.texts()) == 3
    assert bench.counted("texts_repeated_total", kind="comment") == 3


def test_a_correction_is_a_revision_of_the_first(bench: PipelineBench) -> None:
    told = "The maker recalls 40,000 of its ovens after two fires, it said on Monday"
    for text in (told, told.replace("40,000", "400,000"), f"CORRECTED: {told}", told):
        bench.pipeline.take({"id": "1", "text": text}, DEFAULTS, "here", NOW)
    first, *revisions = bench.texts()
    assert (first.event_id, first.revises) == ("1", None)
    assert [one.revises for one in revisions] == ["1", "1"]
    assert len({first.event_id, *(one.event_id for one in revisions)}) == 3
    assert bench.counted("texts_normalised_total", what="revised") == 2


FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>t</title><link>http://a.example/</link>
<description>d</description>{}</channel></rss>"""
TITLES = ["A brewer closes its oldest plant", "An airline grounds twelve planes", "A bank is fined for old accounts"]


@pytest.mark.parametrize("name", ["<guid>item</guid>", "<link>http://a.example/</link>", ""])
def test_a_feed_may_give_all_its_entries_one_id_or_none(bench: PipelineBench, name: str) -> None:
    items = "".join(f"<item><title>{title}</title>{name}</item>" for title in TITLES)
    for _ in range(2):
        records = parse_feed(FEED.format(items).encode(), "http://a.example/feed", "text/xml", "a.example/feed", NOW)
        bench.pipeline.take_fetch(records, DEFAULTS.of("a.example/feed"), "here", NOW)
    assert sorted(text.text for text in bench.texts()) == sorted(TITLES)
    assert len({text.event_id for text in bench.texts()}) == 3
    assert {text.revises for text in bench.texts()} == {None}


def test_rejected(bench: PipelineBench) -> None:
    taken = bench.pipeline.take({"id": "1", "text": " "}, DEFAULTS, "feed x", NOW)
    assert isinstance(taken, Rejected)
    assert (taken.reason, taken.detail) == ("empty_text", "expected a text, nothing visible is left of it")
    assert taken.delivery.result(30) is None
    bench.pipeline.take_bad_line(BadLine(7, "invalid_utf8", "byte 3", b"\xff"), "a.jsonl", NOW)
    first, second = bench.dead()
    assert (first.reason, first.detail[:7], first.time) == ("empty_text", "feed x:", NOW)
    assert (second.reason, second.detail, second.payload) == ("invalid_utf8", "a.jsonl line 7: byte 3", b"\xff")
    assert [(record.topic, record.key) for record in bench.connection.received] == [
        ("opinions.dead", b"empty_text"),
        ("opinions.dead", b"invalid_utf8"),
    ]
    assert bench.counted("texts_dead_total", stage="ingest", reason="invalid_utf8") == 1
    assert bench.pipeline.counts == {"dead": 2}


def test_a_text_that_was_lost_may_come_again(bench: PipelineBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    bench.connection.down = True
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        lost = bench.pipeline.take({"id": "1", "text": "up"}, DEFAULTS, "here", NOW)
        assert isinstance(lost, Accepted)
        repeat = bench.pipeline.take({"id": "1", "text": "up"}, DEFAULTS, "here", NOW)
        assert isinstance(lost.delivery.exception(30), NotAccepted)
        assert isinstance(repeat, Repeated | Accepted)  # whichever came first: it is not said to be safe
        assert repeat.delivery is not None
        assert isinstance(repeat.delivery.exception(30), NotAccepted)
    again = bench.pipeline.take({"id": "1", "text": "up"}, DEFAULTS, "here", NOW)
    assert isinstance(again, Accepted)
    assert again.delivery.result(30) is None


def test_heartbeats_follow_their_texts(bench: PipelineBench) -> None:
    bench.pipeline.take({"text": "up", "created_at": NOW - 5_000}, DEFAULTS, "here", NOW)
    bench.pipeline.take({"text": "up", "created_at": NOW - 9_000_000}, DEFAULTS.of("archive"), "here", NOW)
    bench.pipeline.beat_live(NOW)
    assert [(beat.source, beat.time) for beat in bench.heartbeats()] == [("tweets", NOW)]
    bench.pipeline.beat_last()
    assert [(beat.source, beat.time) for beat in bench.heartbeats()[1:]] == [
        ("tweets", NOW + 55_000),
        ("archive", NOW + 55_000),
    ]
    assert {(record.topic, record.key) for record in bench.connection.received} == {
        ("comments.raw", b"tweets"),
        ("comments.raw", b"archive"),
    }
