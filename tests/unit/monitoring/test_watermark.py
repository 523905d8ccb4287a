"""Event time up to which nothing is missing."""

from __future__ import annotations

from services.monitoring.watermark import Watermark

A, B, C = "news.raw/0", "comments.raw/0", "comments.raw/1"


def test_nothing_can_be_said_before_every_partition_was_heard_of() -> None:
    watermark = Watermark([A, B])
    assert watermark.value() is None
    watermark.observe(A, 5_000)
    assert watermark.value() is None
    watermark.observe(B, 3_000)
    assert watermark.value() == 3_000


def test_idle_partitions_of_which_nothing_was_ever_heard_say_nothing() -> None:
    watermark = Watermark([A, B])
    watermark.leave_out(A)
    watermark.leave_out(B)
    assert watermark.value() is None


def test_the_partition_that_is_least_far_counts() -> None:
    watermark = Watermark([A, B, C])
    for origin, time in ((A, 9_000), (B, 4_000), (C, 7_000)):
        watermark.observe(origin, time)
    assert watermark.value() == 4_000
    watermark.observe(B, 8_000)
    assert watermark.value() == 7_000


def test_an_idle_partition_is_left_out_until_it_is_heard_of_again() -> None:
    watermark = Watermark([A, B])
    watermark.observe(A, 5_000)
    watermark.observe(B, 3_000)
    assert watermark.value() == 3_000
    watermark.leave_out(B)
    assert watermark.value() == 5_000
    watermark.observe(B, 6_000)
    watermark.observe(A, 9_000)
    assert watermark.value() == 6_000


def test_a_partition_that_never_spoke_is_left_out_once_it_is_idle() -> None:
    watermark = Watermark([A, B])
    watermark.observe(A, 5_000)
    assert watermark.value() is None
    watermark.leave_out(B)
    assert watermark.value() == 5_000


def test_when_all_are_idle_the_one_that_is_farthest_counts() -> None:
    watermark = Watermark([A, B, C])
    watermark.observe(A, 5_000)
    watermark.observe(B, 8_000)
    for origin in (A, B, C):
        watermark.leave_out(origin)
    assert watermark.value() == 8_000


def test_it_never_falls() -> None:
    watermark = Watermark([A, B])
    watermark.observe(A, 9_000)
    watermark.leave_out(B)
    assert watermark.value() == 9_000
    watermark.observe(B, 4_000)
    assert watermark.value() == 9_000
    for origin in (A, B):
        watermark.observe(origin, 10_000)
    assert watermark.value() == 10_000


def test_an_earlier_time_of_a_partition_takes_nothing_back() -> None:
    watermark = Watermark([A])
    watermark.observe(A, 9_000)
    watermark.observe(A, 2_000)
    assert watermark.times() == {A: 9_000}
    assert watermark.value() == 9_000


def test_what_was_heard_and_who_is_idle_comes_back_after_a_restart() -> None:
    before = Watermark([A, B, C])
    before.observe(A, 5_000)
    before.observe(B, 8_000)
    before.leave_out(A)
    after = Watermark([A, B, C])
    after.restore(before.times(), before.idle())
    assert (after.times(), after.idle()) == ({A: 5_000, B: 8_000}, [A])
    assert after.value() is None
    after.observe(C, 6_000)
    assert after.value() == 6_000
    after.leave_out(C)
    assert after.value() == 8_000
