"""Waiting before a restart."""

from __future__ import annotations

from services.runtime.backoff import Backoff


def test_pauses_double_up_to_thirty_seconds() -> None:
    backoff = Backoff()
    pauses = []
    now = 0.0
    for _ in range(7):
        backoff.started(now)
        pauses.append(backoff.crashed(now + 0.5))
        now += 40
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.crashes == 7


def test_a_minute_of_health_starts_over() -> None:
    backoff = Backoff()
    backoff.started(0)
    assert backoff.crashed(1) == 1
    backoff.started(2)
    assert backoff.crashed(61.9) == 2
    backoff.started(70)
    assert backoff.crashed(130) == 1
