"""What a parent makes of a child's pulse."""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import monotonic

import pytest

from services.runtime.listener import SILENT_SECONDS, START_SECONDS, PulseListener


@pytest.fixture
def listener() -> Iterator[PulseListener]:
    listener = PulseListener()
    yield listener
    listener.close()
    listener.handed_over()


def seconds_to_silence(listener: PulseListener, now: float) -> int:
    """Seconds, asked once in each, until the child counts as silent."""
    return next(second for second in range(1, 1_000) if listener.is_silent(now + second))


def test_a_child_that_starts_has_time_for_its_first_beat(listener: PulseListener) -> None:
    assert seconds_to_silence(listener, monotonic()) in (START_SECONDS - 1, START_SECONDS, START_SECONDS + 1)


def test_a_child_that_has_begun_must_go_on(listener: PulseListener) -> None:
    start = monotonic()
    os.write(listener.theirs, b"...")
    assert not listener.is_silent(start + 1)
    assert seconds_to_silence(listener, start + 1) == SILENT_SECONDS


def test_a_beat_in_time_is_enough(listener: PulseListener) -> None:
    start = monotonic()
    for second in range(200):
        if second % 25 == 0:
            os.write(listener.theirs, b".")
        assert not listener.is_silent(start + second)
