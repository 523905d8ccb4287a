"""When a storm is on."""

from __future__ import annotations

from services.alerting.notify.burst import MANY, WITHIN_MS, BurstDetector


def guard_after(arrivals: int, every_ms: int = 0) -> BurstDetector:
    guard = BurstDetector()
    for number in range(arrivals):
        guard.arrived(number * every_ms)
    return guard


def updated(guard: BurstDetector, now: int, untold: int = 0, open_now: int = 0, must_go_on: bool = False) -> bool:
    guard.update(untold, open_now, now, must_go_on)
    return guard.active


def test_more_than_twenty_within_ten_minutes_are_a_storm() -> None:
    assert not updated(guard_after(MANY), 0, open_now=MANY)
    assert updated(guard_after(MANY + 1), 0)
    assert updated(guard_after(MANY + 1, WITHIN_MS // MANY), WITHIN_MS)
    assert not updated(guard_after(MANY + 1, WITHIN_MS // MANY + 1), WITHIN_MS + MANY)


def test_more_than_twenty_that_nobody_has_heard_of_are_a_storm() -> None:
    assert not updated(BurstDetector(), 0, untold=MANY)
    assert updated(BurstDetector(), 0, untold=MANY + 1)


def test_it_goes_on_while_more_than_twenty_are_open_or_it_must() -> None:
    guard = guard_after(MANY + 1)
    assert updated(guard, WITHIN_MS)
    assert updated(guard, WITHIN_MS + 1, open_now=MANY + 1)
    assert updated(guard, WITHIN_MS + 2, must_go_on=True)
    assert not updated(guard, WITHIN_MS + 3, open_now=MANY)
    assert not updated(guard, WITHIN_MS + 4, open_now=MANY + 1)


def test_one_alone_is_held_for_a_second_and_a_burst_for_five_at_most() -> None:
    alone = guard_after(1)
    assert [alone.holds(0, now) for now in (999, 1000)] == [True, False]
    busy = guard_after(101, 100)
    assert [busy.holds(0, now) for now in (4_999, 5_000)] == [True, False]
    assert [busy.holds(9_800, now) for now in (10_900, 11_000)] == [True, False]
