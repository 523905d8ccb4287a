"""How long to wait before a crashed process is started again."""

from __future__ import annotations

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
HEALTHY_SECONDS = 60.0


class Backoff:
    """1 s after the first crash, doubling to 30 s; a process that ran for 60 s starts over. Times in seconds."""

    def __init__(self) -> None:
        self.crashes = 0
        self._next = FIRST_SECONDS
        self._started = 0.0

    def started(self, now: float) -> None:
        """The process was started at `now`."""
        self._started = now

    def crashed(self, now: float) -> float:
        """The process ended at `now`; the seconds to wait before its next start."""
        if now - self._started >= HEALTHY_SECONDS:
            self._next = FIRST_SECONDS
        pause, self._next = self._next, min(2 * self._next, LONGEST_SECONDS)
        self.crashes += 1
        return pause
