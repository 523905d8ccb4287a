"""Every constant of the detector in one place; docs/decisions/0008 to 0012 say where each comes from."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.event_time import DAY_MS, HOUR_MS, MINUTE_MS

BIN_MS = 5 * MINUTE_MS
BIN_MINUTES = BIN_MS // MINUTE_MS
HOUR_MINUTES = HOUR_MS // MINUTE_MS
LONGEST_SHORT_MINUTES = 4 * HOUR_MINUTES
"""Windows up to this are summed from bins of five minutes, longer ones from hours."""
LATE_MINUTES = HOUR_MINUTES
"""Bins are held this much longer than the longest window reaches back, for texts that are late."""
OPEN_HOURS = 2
"""And hours are held these many longer: one is open for late texts until an hour after its end."""
TIMELINE_HOURS = 24
"""Hours of a key that an incident shows."""


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the detector; the defaults are what ships. Times in milliseconds of event time.

    :raises ValueError: naming the window that cannot be.
    """

    hold_ms: int = 20 * MINUTE_MS
    """A score counts once it has lasted so long: a few who shout are found out in that time."""
    least_score: float = 0.3
    """No budget is so large that a lower score raises an incident."""
    clear_part: float = 0.5
    """An incident may clear when its score is below this part of the one that raised it."""
    clear_after_ms: int = HOUR_MS
    reopen_within_ms: int = 6 * HOUR_MS
    chronic_after_ms: int = DAY_MS
    warm_up_ms: int = DAY_MS
    warm_up_texts: float = 10.0

    copy_weight: float = 0.3
    copies_within_ms: int = DAY_MS
    author_within_ms: int = 6 * HOUR_MS
    remembered: int = 256

    windows_minutes: tuple[int, ...] = (60, 240, 1440)
    """How far back a key is looked at: multiples of five minutes up to four hours, of an hour beyond."""
    level_half_life_hours: float = 120.0
    profile_half_life_hours: float = 672.0
    share_half_life_hours: float = 120.0
    prior_share_texts: float = 20.0
    dispersion_bounds: tuple[float, float] = (0.05, 4.0)

    unit: float = 0.81
    """E[q^2]/E[q]: a negative text counts this much on average, so counts are in these units."""
    least_negative: float = 1.5
    share_factor: float = 1.5
    """A surprise of the share counts this much beside one of the number."""
    excess_factor: float = 0.25
    """Score that each negative unit beyond the expected can give at most."""
    most_evidence: int = 12
    evidence_shown: int = 10

    def __post_init__(self) -> None:
        if not self.windows_minutes:
            raise ValueError("windows_minutes: expected at least one window, got none")
        for minutes in self.windows_minutes:
            unit = BIN_MINUTES if minutes <= LONGEST_SHORT_MINUTES else HOUR_MINUTES
            if minutes <= 0 or minutes % unit:
                raise ValueError(f"windows_minutes: expected a multiple of {unit} above 0, got {minutes}")

    @property
    def longest_minutes(self) -> int:
        """The window that reaches back farthest."""
        return max(self.windows_minutes)

    @property
    def most_bins(self) -> int:
        """Bins of five minutes that are held of a key: those of the longest short window, and some for late texts."""
        short = (minutes for minutes in self.windows_minutes if minutes <= LONGEST_SHORT_MINUTES)
        return (max(short, default=0) + LATE_MINUTES) // BIN_MINUTES

    @property
    def most_hours(self) -> int:
        """Hours that are held of a key: those of the longest window and of the timeline, and those that are open."""
        return max(self.longest_minutes // HOUR_MINUTES, TIMELINE_HOURS) + OPEN_HOURS


#: Severity -> highest p-value, least excess of weighted negative texts, least ratio to the expected.
SEVERITY_BARS = {4: (1e-6, 30.0, 6.0), 3: (1e-4, 15.0, 4.0), 2: (1e-3, 8.0, 3.0)}
