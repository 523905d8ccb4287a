"""Event time up to which nothing is missing."""

from __future__ import annotations

from services.monitoring.watermark import Watermark

A, B, C = "news.raw/0", "comments.raw/0", "comments.raw/1"


def test_nothing_can_be_said_before_every_partition_was_heard_of() -> None:
    watermark = Watermark([A, B], idle_seconds=10.0, wall=0.0)
    assert watermark.value(wall=1.0) is None
    watermark.observe(A, 5_000, wall=1.0)
    assert watermark.value(wall=2.0) is None
    watermark.observe(B, 3_000, wall=2.0)
    assert watermark.value(wall=2.0) == 3_000


def test_nothing_heard_of_at_all_stays_unknown_however_long_the_silence() -> None:
    assert Watermark([A, B], idle_seconds=10.0, wall=0.0).value(wall=1_000.0) is None


def test_the_partition_that_is_least_far_counts() -> None:
    watermark = Watermark([A, B, C], idle_seconds=10.0, wall=0.0)
    for origin, time in ((A, 9_000), (B, 4_000), (C, 7_000)):
        watermark.observe(origin, time, wall=1.0)
    assert watermark.value(wall=1.0) == 4_000
    watermark.observe(B, 8_000, wall=2.0)
    assert watermark.value(wall=2.0) == 7_000


def test_a_silent_partition_is_left_out_after_the_idle_time() -> None:
    watermark = Watermark([A, B], idle_seconds=10.0, wall=0.0)
    watermark.observe(A, 5_000, wall=1.0)
    watermark.observe(B, 3_000, wall=2.0)
    watermark.observe(A, 9_000, wall=11.5)
    assert watermark.value(wall=11.9) == 3_000
    assert watermark.value(wall=12.0) == 9_000


def test_a_partition_that_never_spoke_is_left_out_too() -> None:
    watermark = Watermark([A, B], idle_seconds=10.0, wall=0.0)
    watermark.observe(A, 5_000, wall=5.0)
    assert watermark.value(wall=9.9) is None
    assert watermark.value(wall=10.0) == 5_000


def test_when_all_are_silent_the_one_that_is_farthest_counts() -> None:
    watermark = Watermark([A, B, C], idle_seconds=10.0, wall=0.0)
    watermark.observe(A, 5_000, wall=1.0)
    watermark.observe(B, 8_000, wall=1.0)
    assert watermark.value(wall=20.0) == 8_000


def test_it_never_falls() -> None:
    watermark = Watermark([A, B], idle_seconds=10.0, wall=0.0)
    watermark.observe(A, 9_000, wall=9.0)
    assert watermark.value(wall=12.0) == 9_000
    watermark.observe(B, 4_000, wall=13.0)
    assert watermark.value(wall=13.0) == 9_000
    for origin in (A, B):
        watermark.observe(origin, 10_000, wall=14.0)
    assert watermark.value(wall=14.0) == 10_000


def test_an_earlier_time_of_a_partition_takes_nothing_back() -> None:
    watermark = Watermark([A], idle_seconds=10.0, wall=0.0)
    watermark.observe(A, 9_000, wall=1.0)
    watermark.observe(A, 2_000, wall=2.0)
    assert watermark.times() == {A: 9_000}
    assert watermark.value(wall=2.0) == 9_000


def test_what_was_heard_comes_back_after_a_restart_and_silence_counts_from_then() -> None:
    before = Watermark([A, B, C], idle_seconds=10.0, wall=0.0)
    before.observe(A, 5_000, wall=1.0)
    before.observe(B, 8_000, wall=1.0)
    assert before.times() == {A: 5_000, B: 8_000}
    after = Watermark([A, B, C], idle_seconds=10.0, wall=100.0)
    after.restore(before.times())
    assert after.times() == before.times()
    assert after.value(wall=101.0) is None
    after.observe(C, 6_000, wall=102.0)
    assert after.value(wall=109.9) == 5_000
    assert after.value(wall=110.0) == 6_000
    assert after.value(wall=112.0) == 8_000
