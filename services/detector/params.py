"""Every constant of the detector in one place; docs/decisions/0008 to 0012 say where each comes from."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.event_time import DAY_MS, HOUR_MS, MINUTE_MS

BIN_MS = 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the detector; the defaults are what ships. Times in milliseconds of event time."""

    hold_ms: int = 20 * MINUTE_MS
    """A score counts once it has held so long: a few who shout are found out in that time."""
    least_score: float = 0.3
    """No budget is so large that a lower score raises an alert."""
    clear_part: float = 0.5
    """An alert may clear when its score is below this part of the one that raised it."""
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
    """Up to four hours they are summed from five minutes, longer ones from hours."""
    bins_kept: int = 60
    hours_kept: int = 26
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
    evidence_kept: int = 12
    evidence_shown: int = 10


#: Severity -> highest p-value, least excess of weighted negative texts, least ratio to the expected.
SEVERITY_BARS = {4: (1e-6, 30.0, 6.0), 3: (1e-4, 15.0, 4.0), 2: (1e-3, 8.0, 3.0)}
