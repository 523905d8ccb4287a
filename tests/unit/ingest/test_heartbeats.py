"""Heartbeats: for whom, and at which time."""

from __future__ import annotations

from services.ingest.heartbeats import LAST_MS, Heartbeats

HOUR = 3_600_000
NOW = 1_000 * HOUR


def test_only_sources_that_have_published_lately_are_live() -> None:
    beats = Heartbeats()
    assert beats.live(NOW) == []
    beats.saw("news", "wire", NOW - 1_000, NOW)
    beats.saw("comment", "archive", NOW - 2 * HOUR, NOW)
    assert beats.live(NOW) == [("news", "wire", NOW)]
    beats.saw("comment", "archive", NOW - HOUR, NOW)
    assert beats.live(NOW + 5_000) == [("news", "wire", NOW + 5_000), ("comment", "archive", NOW + 5_000)]


def test_a_replay_keeps_quiet_sources_level() -> None:
    beats = Heartbeats()
    beats.saw("comment", "a", 100, NOW)
    beats.saw("comment", "b", 500, NOW)
    assert beats.all_at(500) == [("comment", "a", 500)]
    assert beats.all_at(500) == []


def test_the_end_closes_the_last_minute_for_all() -> None:
    beats = Heartbeats()
    assert beats.last() == []
    beats.saw("comment", "a", 100, NOW)
    beats.saw("news", "a", 900, NOW)
    beats.saw("news", "a", 500, NOW)
    assert beats.last() == [("comment", "a", 900 + LAST_MS), ("news", "a", 900 + LAST_MS)]


def test_the_end_says_nothing_that_is_already_said() -> None:
    beats = Heartbeats()
    beats.saw("news", "wire", NOW, NOW)
    beats.live(NOW + 2 * LAST_MS)
    assert beats.last() == []
