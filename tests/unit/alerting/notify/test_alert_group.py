"""When a group is open, and how long the group wait is."""

from __future__ import annotations

from services.alerting.notify.grouping import MOST_SINGLE, WITHIN_MS, AlertGroup


def group_after(arrivals: int, every_ms: int = 0) -> AlertGroup:
    group = AlertGroup("company")
    for number in range(arrivals):
        group.arrived(number * every_ms)
    return group


def is_open(group: AlertGroup, now: int, undelivered: int = 0, open_now: int = 0, is_full: bool = False) -> bool:
    group.open_or_close(undelivered, open_now, is_full, now)
    return group.is_open


def test_more_than_twenty_within_ten_minutes_are_a_group() -> None:
    assert not is_open(group_after(MOST_SINGLE), 0, open_now=MOST_SINGLE)
    assert is_open(group_after(MOST_SINGLE + 1), 0)
    assert is_open(group_after(MOST_SINGLE + 1, WITHIN_MS // MOST_SINGLE), WITHIN_MS)
    assert not is_open(group_after(MOST_SINGLE + 1, WITHIN_MS // MOST_SINGLE + 1), WITHIN_MS + MOST_SINGLE)


def test_more_than_twenty_that_nobody_has_heard_of_are_a_group() -> None:
    assert not is_open(group_after(0), 0, undelivered=MOST_SINGLE)
    assert is_open(group_after(0), 0, undelivered=MOST_SINGLE + 1)


def test_it_stays_open_while_more_than_twenty_are_open_or_there_is_no_room() -> None:
    group = group_after(MOST_SINGLE + 1)
    assert is_open(group, WITHIN_MS)
    assert is_open(group, WITHIN_MS + 1, open_now=MOST_SINGLE + 1)
    assert is_open(group, WITHIN_MS + 2, is_full=True)
    assert not is_open(group, WITHIN_MS + 3, open_now=MOST_SINGLE)
    assert not is_open(group, WITHIN_MS + 4, open_now=MOST_SINGLE + 1)


def test_one_alone_waits_for_a_second_and_a_burst_for_five_at_most() -> None:
    alone = group_after(1)
    assert [alone.must_wait(0, now) for now in (999, 1000)] == [True, False]
    busy = group_after(101, 100)
    assert [busy.must_wait(0, now) for now in (4_999, 5_000)] == [True, False]
    assert [busy.must_wait(9_800, now) for now in (10_900, 11_000)] == [True, False]
