"""What is usual of the volume of one key: its level, the profile of its day, and windows of three lengths."""

from __future__ import annotations

import msgspec

from services.detector.volume.scale import Scale
from services.domain.event_time import HOUR_MS

#: Five minutes, an hour and four hours, in bins.
SCALES = (1, 12, 48)
#: The profile starts flat, and as firm as so many days make it.
FLAT_DAYS = 7.0
PROFILE_HOURS = 24


class VolumeState(msgspec.Struct):
    """What the channel holds of one key, one to three kilobytes of JSON; hours count since 1970 (UTC)."""

    first_hour: int
    next_hour: int
    """The first hour that is not learned."""
    texts: float = 0.0
    exposure: float = 0.0
    profile_texts: list[float] = msgspec.field(name="slot_texts", default_factory=lambda: [0.0] * PROFILE_HOURS)
    profile_expected: list[float] = msgspec.field(name="slot_expected", default_factory=lambda: [0.0] * PROFILE_HOURS)
    scales: list[Scale] = msgspec.field(default_factory=lambda: [Scale() for _ in SCALES])
    bins: dict[int, float] = msgspec.field(default_factory=dict)
    """Start (ms) and weighted texts of the bins that have texts and that a window still reaches back to."""

    def level(self) -> float:
        """Texts an hour before the profile: (A + 1)/(B + 1.5)."""
        return (self.texts + 1.0) / (self.exposure + 1.5)

    def profile(self, hour: int) -> float:
        """Factor of an hour of the day: (N + 7 level)/(M + 7 level)."""
        flat = FLAT_DAYS * self.level()
        return (self.profile_texts[hour % PROFILE_HOURS] + flat) / (self.profile_expected[hour % PROFILE_HOURS] + flat)

    def expected(self, start: int, end: int) -> float:
        """Expected texts between two times (ms)."""
        total, at = 0.0, start
        while at < end:
            stop = min(end, (at // HOUR_MS + 1) * HOUR_MS)
            total += self.profile(at // HOUR_MS) * (stop - at)
            at = stop
        return self.level() * total / HOUR_MS


def new_volume(first: int) -> VolumeState:
    """State of a key that is followed since `first` (ms)."""
    return VolumeState(first_hour=first // HOUR_MS, next_hour=first // HOUR_MS)
