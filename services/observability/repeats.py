"""Of a library that says the same a thousand times a minute, one log line a step of back-off."""

from __future__ import annotations

import logging
from time import monotonic

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0
TALKATIVE = {"kafka": "Kafka's clients", "aiokafka": "Kafka's clients", "faust": "Faust", "mode": "Faust"}
"""Top loggers, and what speaks through them: without a broker, the first two log 2,250 lines a minute."""


class Backoff:
    """Shows the first of a run, then one after 1 s, 2 s and so on to 60 s; a minute of silence ends the run."""

    def __init__(self) -> None:
        self._pause = FIRST_SECONDS
        self._shown_at = self._last_at = -LONGEST_SECONDS
        self._left_out = 0

    def show(self, now: float) -> int | None:
        """How many were left out before this one at `now`, None when it is left out as well."""
        silence, self._last_at = now - self._last_at, now
        if silence >= LONGEST_SECONDS:
            self._pause = FIRST_SECONDS
        elif now - self._shown_at < self._pause:
            self._left_out += 1
            return None
        else:
            self._pause = min(2 * self._pause, LONGEST_SECONDS)
        self._shown_at, left_out, self._left_out = now, self._left_out, 0
        return left_out


class RepeatFilter(logging.Filter):
    """For a handler. What carries a traceback, or ends a process, is always shown."""

    def __init__(self) -> None:
        super().__init__()
        self._backoff = {speaker: Backoff() for speaker in TALKATIVE.values()}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to show a record; what was left out before it is counted at its end."""
        speaker = TALKATIVE.get(record.name.partition(".")[0])
        if speaker is None or record.exc_info or record.levelno >= logging.CRITICAL:
            return True
        left_out = self._backoff[speaker].show(monotonic())
        if left_out is None:
            return False
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out} more lines of {speaker} before it)", ()
        return True
