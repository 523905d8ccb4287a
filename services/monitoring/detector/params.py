"""Every constant of the detector in one place; `DESIGN.md` says where each comes from."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
BIN_MS = 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the detector; the defaults are what ships. Times in milliseconds of event time."""

    raise_at: float = 0.7
    clear_at: float = 0.35
    clear_after_ms: int = HOUR_MS
    reopen_within_ms: int = 6 * HOUR_MS
    chronic_after_ms: int = DAY_MS
    warm_up_ms: int = DAY_MS
    warm_up_texts: float = 10.0

    copy_weight: float = 0.3
    copies_within_ms: int = DAY_MS
    author_within_ms: int = 6 * HOUR_MS
    remembered: int = 256

    windows_minutes: tuple[int, ...] = (60, 240)
    bins_kept: int = 60
    level_half_life_hours: float = 120.0
    profile_half_life_hours: float = 672.0
    share_half_life_hours: float = 120.0
    prior_share: float = 0.2
    prior_share_texts: float = 20.0
    prior_dispersion: float = 0.7
    dispersion_bounds: tuple[float, float] = (0.05, 4.0)

    unit: float = 0.81
    """E[q^2]/E[q]: a negative text counts this much on average, so counts are in these units."""
    least_negative: float = 1.5
    surprise_scale: float = 2.5
    cusum_scale: float = 9.2
    cusum_limit: float = 28.0
    cusum_rise: float = 8.0
    evidence_kept: int = 12
    evidence_shown: int = 10


#: Severity -> least surprise, least excess of weighted negative texts, least ratio to the expected.
SEVERITY_BARS = {4: (8.0, 30.0, 6.0), 3: (5.0, 15.0, 4.0), 2: (3.5, 8.0, 3.0)}
