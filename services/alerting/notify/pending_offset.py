"""Messages on `alerts` that no Alertmanager has taken yet: nothing beyond the lowest of their offsets is committed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class PendingOffset(NamedTuple):
    """A message on `alerts`: its offset, and the time of its record (ms) where its delivery is measured."""

    offset: int
    time: int | None


def merge(offsets: Iterable[PendingOffset]) -> PendingOffset:
    """One for all that are delivered by the same post: the lowest offset, the earliest time.

    :raises ValueError: when there is none.
    """
    every = list(offsets)
    times = [each.time for each in every if each.time is not None]
    return PendingOffset(min(each.offset for each in every), min(times, default=None))
