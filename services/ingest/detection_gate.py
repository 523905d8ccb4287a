"""Which texts take part in detection although their source does not say exactly when they were published.

Such a text counts as of the moment it was seen. That is right where it came soon after it was written, and raises a
false alert where a whole backlog comes at once; the gate tells these apart.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from services.domain.event_time import MINUTE_MS
from services.domain.messages import Precision
from services.ingest.dates.read import CLAMPED
from services.ingest.normalise import Normalised

MOST_UNDATED_SHARE = 0.5
"""Of the entries of a feed that can have been written since its last fetch; beyond it is a backlog."""
MOST_UNDATED_A_MINUTE = 60
"""That a source pushes as they are written; beyond it is a backlog."""

_ALL: frozenset[Precision] = frozenset({"exact", "day", "seen"})


@dataclass(slots=True)
class _Pushed:
    """What a source has pushed: since when (ms), and how many undated ones in the minute from `minute` on."""

    since: int
    minute: int
    undated: int = 0


class DetectionGate:
    """Remembers the sources that it has seen since the process began; times are wall time in ms."""

    def __init__(self) -> None:
        self._fetched: set[str] = set()
        self._pushed: dict[str, _Pushed] = {}

    def admitted_of_fetch(self, feed: str, entries: Sequence[Normalised], new: Sequence[Normalised]) -> Set[Precision]:
        """The precisions that take part, of all `entries` of one fetch of a feed, `new` those not seen before.

        Of a first fetch only exact dates are taken, and none where one is ahead of the clock: then the feed's clock or
        zone is not what we take it for. Later on undated entries take part unless they are too many to be new.
        """
        first = feed not in self._fetched
        self._fetched.add(feed)
        if first:
            wrong_clock = any(CLAMPED in each.changes for each in entries)
            return frozenset() if wrong_clock else frozenset({"exact"})
        undated = sum(each.text.precision == "seen" for each in new)
        return _ALL - {"seen"} if undated > MOST_UNDATED_SHARE * len(entries) else _ALL

    def admits_pushed(self, source: str, precision: Precision, now: int) -> bool:
        """Whether a text takes part that came by itself at `now`: an undated one not within the first minute of its
        source, nor among too many.
        """
        pushed = self._pushed.setdefault(source, _Pushed(now, now))
        if precision != "seen":
            return True
        if now - pushed.minute >= MINUTE_MS:
            pushed.minute, pushed.undated = now, 0
        pushed.undated += 1
        return now - pushed.since >= MINUTE_MS and pushed.undated <= MOST_UNDATED_A_MINUTE
