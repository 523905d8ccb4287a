"""Which raw partitions are idle: all that they hold is scored, and has been for a while; pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

LONGEST_GAP_SECONDS = 6.0
"""Between two looks; after a longer one nothing is known of the time between, and silence counts from the later one."""
AGAIN_SECONDS = 30.0
"""What is idle is said again so often, for whoever begins to read behind the first time."""

P = TypeVar("P", bound=Hashable)


@dataclass(slots=True)
class _Silence:
    read: int
    since: float
    said_at: float | None = None


class IdlePartitions(Generic[P]):
    """A partition `P` that has been read to its end at every look of `idle_seconds`, with nothing new, is idle.

    That the broker was asked each time makes the difference to a wall clock: while nobody can say whether records wait,
    because the broker is gone or this process stood still, no silence counts.
    """

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._silences: dict[P, _Silence] = {}
        self._looked_at = float("-inf")

    def look(self, now: float, read: Mapping[P, int], ends: Mapping[P, int]) -> list[P]:
        """The partitions to be announced as idle, at `now` (s). `read` and `ends`: the next offset to be read, and the
        one that the next record will have, of each partition that is ours.
        """
        if now - self._looked_at > LONGEST_GAP_SECONDS:
            self._silences.clear()
        self._looked_at = now
        self._silences = {one: self._silence(one, now, read[one]) for one in read if read[one] >= ends[one]}
        return list(self._due(now))

    def forget(self) -> None:
        """Whether records wait could not be said: silence counts from the next look."""
        self._silences.clear()

    def _silence(self, partition: P, now: float, read: int) -> _Silence:
        known = self._silences.get(partition)
        return known if known is not None and known.read == read else _Silence(read, now)

    def _due(self, now: float) -> Iterable[P]:
        for partition, silence in self._silences.items():
            said = silence.said_at
            if now - silence.since >= self._idle_seconds and (said is None or now - said >= AGAIN_SECONDS):
                silence.said_at = now
                yield partition
