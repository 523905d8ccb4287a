"""The storm guard of one kind of incident: many at once are told as one."""

from __future__ import annotations

from collections import deque

MANY = 20
"""More incidents than this within `WITHIN_MS`, or waiting to be told, are a storm."""
WITHIN_MS = 600_000
QUIET_MS = 1_000
"""A new incident is held until no other one of its kind has come for so long, so that a burst is seen as one,"""
LONGEST_HOLD_MS = 5_000
"""but no longer than this."""


class BurstDetector:
    """Says when a storm is on. Times in ms of wall time: what is guarded is the attention of people."""

    def __init__(self) -> None:
        self.active = False
        self._arrivals: deque[int] = deque(maxlen=MANY + 1)

    def arrived(self, now: int) -> None:
        """One more incident was raised, or raised again."""
        self._arrivals.append(now)

    def holds(self, came: int, now: int) -> bool:
        """Whether an incident that came at `came` has to wait for others that may come with it."""
        latest = self._arrivals[-1] if self._arrivals else came
        return now < min(max(latest, came) + QUIET_MS, came + LONGEST_HOLD_MS)

    def update(self, untold: int, open_now: int, now: int, must_go_on: bool) -> None:
        """Begin or end a storm: `untold` incidents wait to be told, `open_now` are open; one that was not told itself
        yet, or without which there is no room, must go on.
        """
        burst = len(self._arrivals) > MANY and now - self._arrivals[0] <= WITHIN_MS
        goes_on = self.active and (must_go_on or open_now > MANY)
        self.active = burst or untold > MANY or goes_on
