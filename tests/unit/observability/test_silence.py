"""Silence is counted only while somebody listens."""

from __future__ import annotations

from services.observability.silence import LONGEST_STEP_SECONDS, Silence


def test_silence_grows_until_something_is_heard() -> None:
    silence = Silence(now=100.0)
    assert [silence.listen(heard, now) for heard, now in [(True, 101.0), (False, 103.0), (False, 107.0)]] == [0, 2, 6]
    assert silence.listen(True, 108.0) == 0
    assert silence.listen(False, 109.5) == 1.5


def test_a_listener_that_was_stopped_itself_hears_anew() -> None:
    silence = Silence(now=0.0)
    assert silence.listen(False, 10_000.0) == LONGEST_STEP_SECONDS
