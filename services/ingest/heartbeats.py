"""Which heartbeats are due: they move the watermark when a source has no text."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.messages import Kind

LIVE_WITHIN_MS = 3_600_000
"""A source is live once a text of it was at most this old when it came: history in a pipe is not."""
LAST_MS = 60_000
"""After its last text, a source that has ended is said to be this far: the last one-minute bucket closes."""


@dataclass(slots=True)
class _Source:
    latest: int
    said: int
    live: bool


class Heartbeats:
    """Keeps the latest event time (ms) of each source that has published, by kind, as a kind is a topic."""

    def __init__(self) -> None:
        self._sources: dict[tuple[Kind, str], _Source] = {}

    def saw(self, kind: Kind, source: str, published_at: int, now: int) -> None:
        """A text was published."""
        live = now - published_at <= LIVE_WITHIN_MS
        known = self._sources.get((kind, source))
        if known is None:
            self._sources[kind, source] = _Source(published_at, 0, live)
        else:
            known.latest = max(known.latest, published_at)
            known.live = known.live or live

    def live(self, now: int) -> list[tuple[Kind, str, int]]:
        """(kind, source, time) of each live source, at `now`."""
        return [(kind, source, now) for (kind, source), state in self._sources.items() if state.live]

    def all_at(self, time: int) -> list[tuple[Kind, str, int]]:
        """(kind, source, time) of each source that has not yet reached `time`, in text or heartbeat."""
        due = []
        for (kind, source), state in self._sources.items():
            if max(state.latest, state.said) < time:
                state.said = time
                due.append((kind, source, time))
        return due

    def last(self) -> list[tuple[Kind, str, int]]:
        """(kind, source, time) of each source, a minute after its latest text or heartbeat."""
        return [
            (kind, source, max(state.latest, state.said) + LAST_MS) for (kind, source), state in self._sources.items()
        ]
