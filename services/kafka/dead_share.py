"""Stops a worker that buries most of what it reads: then not the records are bad, but a deployment."""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path

import msgspec

from services.domain.errors import InvalidMessage, TooManyDead
from services.kafka.state_file import read_state, remove_state, write_state

WINDOW = 1_000
"""Records that are looked back on;"""
LEAST = 200
"""as long as there were fewer, nothing is said."""


class _Seen(msgspec.Struct):
    good: int
    dead: dict[str, int]


class DeadShare:
    """The share of dead letters among the last records, at most `most` of them; 1 goes on whatever comes.

    A worker that is started again after it stopped goes on with what it knew, from `path`: it buries nothing more as
    long as the next records are no better.
    """

    def __init__(self, most: float, path: Path) -> None:
        self._most, self._path = most, path
        self._window: deque[str | None] = deque(maxlen=WINDOW - 1)
        """The reason of each before the next one, None for a good one."""
        seen = read_state(path, _Seen)
        if seen is not None:
            self._window.extend(Counter(seen.dead).elements())
            self._window.extend([None] * seen.good)
            remove_state(path)

    def used(self) -> None:
        """A record was of use."""
        self._window.append(None)

    def dead(self, error: InvalidMessage) -> None:
        """A record is to be buried.

        :raises TooManyDead: when that would be too many; nothing is to be buried then.
        """
        counts = Counter(reason for reason in self._window if reason is not None)
        dead, read = counts.total() + 1, len(self._window) + 1
        if read >= LEAST and dead > self._most * read:
            write_state(self._path, _Seen(len(self._window) - counts.total(), dict(counts)))
            raise TooManyDead(
                f"{dead} of the last {read} records cannot be used (GROUNDSWELL_DEAD_SHARE={self._most:g}), so nothing "
                f"more is buried; the last: {error}. Look whether what writes them and this worker are of one version; "
                "to go on anyway set GROUNDSWELL_DEAD_SHARE=1"
            )
        self._window.append(error.reason)
