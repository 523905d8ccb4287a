"""Event time up to which nothing is missing: the least over the raw partitions, silent ones left out."""

from __future__ import annotations

from collections.abc import Iterable


class Watermark:
    """Watermark over `origins` (names of raw partitions). Event times in ms, wall times in seconds.

    A partition not heard of for `idle_seconds` is left out. The value never falls.
    """

    def __init__(self, origins: Iterable[str], idle_seconds: float, wall: float) -> None:
        self._idle_seconds = idle_seconds
        self._times: dict[str, int | None] = dict.fromkeys(origins)
        self._heard = dict.fromkeys(self._times, wall)
        self._value: int | None = None

    def observe(self, origin: str, time: int, wall: float) -> None:
        """A record of `origin` with event time `time` came at wall time `wall`."""
        known = self._times.get(origin)
        self._times[origin] = time if known is None else max(known, time)
        self._heard[origin] = wall

    def times(self) -> dict[str, int]:
        """The latest time of each origin that was heard of."""
        return {name: time for name, time in self._times.items() if time is not None}

    def restore(self, times: dict[str, int]) -> None:
        """Take up the `times()` of before a restart; silence counts from the start of this one."""
        self._times.update(times)

    def value(self, wall: float) -> int | None:
        """The watermark at wall time `wall`; None as long as nothing can be said."""
        live = [t for name, t in self._times.items() if wall - self._heard[name] < self._idle_seconds]
        if not live:
            live = [t for t in self._times.values() if t is not None]
            candidate = max((t for t in live if t is not None), default=None)
        elif any(t is None for t in live):
            candidate = None
        else:
            candidate = min(t for t in live if t is not None)
        if candidate is not None and (self._value is None or candidate > self._value):
            self._value = candidate
        return self._value
