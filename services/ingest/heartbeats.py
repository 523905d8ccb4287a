"""Which heartbeats are due: they move the watermark when a source has no text."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.messages import Kind

LIVE_WITHIN_MS = 3_600_000
"""A source is live once a text of it was at most this old when it came: history in a pipe is not."""
LAST_MS = 60_000
"""Sources that have ended are said to be this far after the last text: the last one-minute bucket closes."""


@dataclass(slots=True)
class _SourceState:
    latest: int
    announced: int
    live: bool


class Heartbeats:
    """Remembers the latest event time (ms) of each source that has published, by kind, as a kind is a topic."""

    def __init__(self) -> None:
        self._sources: dict[tuple[Kind, str], _SourceState] = {}

    def saw(self, kind: Kind, source: str, published_at: int, now: int) -> None:
        """A text was published."""
        live = now - published_at <= LIVE_WITHIN_MS
        known = self._sources.get((kind, source))
        if known is None:
            self._sources[kind, source] = _SourceState(published_at, 0, live)
        else:
            known.latest = max(known.latest, published_at)
            known.live = known.live or live

    def live(self, now: int) -> list[tuple[Kind, str, int]]:
        """(kind, source, time) of each live source, at `now`."""
        return self._announce(now, [key for key, state in self._sources.items() if state.live])

    def all_at(self, time: int) -> list[tuple[Kind, str, int]]:
        """(kind, source, time) of each source that has not yet reached `time`, in text or heartbeat."""
        return self._announce(time, list(self._sources))

    def last(self) -> list[tuple[Kind, str, int]]:
        """(kind, source, time) of each source when all have ended: a minute after the latest text of any."""
        if not self._sources:
            return []
        return self._announce(max(state.latest for state in self._sources.values()) + LAST_MS, list(self._sources))

    def _announce(self, time: int, keys: list[tuple[Kind, str]]) -> list[tuple[Kind, str, int]]:
        due = []
        for key in keys:
            state = self._sources[key]
            if max(state.latest, state.announced) < time:
                state.announced = time
                due.append((*key, time))
        return due
