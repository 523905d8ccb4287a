"""How long nothing was heard of something that ought to give signs of life."""

from __future__ import annotations

LONGEST_STEP_SECONDS = 5.0
"""Between two looks counts as at most so long: who was stopped, with its whole machine perhaps, hears anew."""


class Silence:
    """Seconds without a sign. Times are those of a steady clock, so that a clock that is set changes nothing."""

    def __init__(self, now: float) -> None:
        self._looked = now
        self._seconds = 0.0

    def listen(self, heard: bool, now: float) -> float:
        """Look at `now`, when a sign was `heard` or not; the seconds of silence."""
        step, self._looked = now - self._looked, now
        self._seconds = 0.0 if heard else self._seconds + min(step, LONGEST_STEP_SECONDS)
        return self._seconds
