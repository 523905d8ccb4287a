"""For how long records have waited while a reader did not move; the broker is asked only when it stands still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.observability.silence import Silence


class Backlog:
    """`moved` differs from what it was before once the reader has moved; `waits` says whether records wait for it, no
    when the broker does not answer: then nobody can go on. After `ask_seconds` without a move it is asked, and again
    after as long. Times are those of a steady clock, in seconds; `now` is when this begins.
    """

    def __init__(
        self, moved: Callable[[], object], waits: Callable[[], Awaitable[bool]], ask_seconds: float, now: float
    ) -> None:
        self._moved, self._waits, self._ask_seconds = moved, waits, ask_seconds
        self._seen: object = None
        self._silence = Silence(now)
        self._ask_at = ask_seconds

    async def look(self, now: float) -> float:
        """The seconds for which records have waited and nothing has moved, as far as is known at `now`."""
        seen = self._moved()
        seconds = self._silence.listen(seen != self._seen, now)
        self._seen = seen
        if seconds == 0.0:
            self._ask_at = self._ask_seconds
        elif seconds >= self._ask_at:
            self._ask_at += self._ask_seconds
            if not await self._waits():
                self._ask_at = self._ask_seconds
                return self._silence.listen(True, now)
        return seconds
