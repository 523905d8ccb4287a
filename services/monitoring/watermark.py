"""Event time up to which nothing is missing: the least over the raw partitions, idle ones left out."""

from __future__ import annotations

from collections.abc import Iterable


class Watermark:
    """Watermark over `origins` (names of raw partitions), in ms of event time. The value never falls.

    A partition is idle when scoring says so, which knows that nothing of it waits; the wall clock has no say.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._times: dict[str, int | None] = dict.fromkeys(origins)
        self._idle: set[str] = set()
        self._value: int | None = None

    def observe(self, origin: str, time: int) -> None:
        """`origin` has come to event time `time`, and is not idle."""
        known = self._times.get(origin)
        self._times[origin] = time if known is None else max(known, time)
        self._idle.discard(origin)

    def leave_out(self, origin: str) -> None:
        """`origin` is idle until it is heard of again."""
        self._times.setdefault(origin, None)
        self._idle.add(origin)

    def times(self) -> dict[str, int]:
        """The latest time of each origin that was heard of."""
        return {name: time for name, time in self._times.items() if time is not None}

    def idle(self) -> list[str]:
        """The origins that are left out."""
        return sorted(self._idle)

    def restore(self, times: dict[str, int], idle: Iterable[str]) -> None:
        """Take up the `times()` and `idle()` of before a restart."""
        self._times.update(times)
        self._idle.update(idle)

    def value(self) -> int | None:
        """The watermark; None as long as nothing can be said. With all idle, the farthest counts: nothing waits."""
        live = [time for name, time in self._times.items() if name not in self._idle]
        if not live:
            candidate = max(self.times().values(), default=None)
        elif None in live:
            candidate = None
        else:
            candidate = min(time for time in live if time is not None)
        if candidate is not None and (self._value is None or candidate > self._value):
            self._value = candidate
        return self._value
