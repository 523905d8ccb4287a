"""The curve a user decides by: for each setting the incidents a day, and what is seen, missed and how late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from services.backtest.budget import Setting, asked_per_100_key_days
from services.backtest.incidents import of_surges
from services.backtest.reference import DetectionWindow, Reference
from services.backtest.run import BacktestResult
from services.domain.event_time import MINUTE_MS
from services.domain.incident import reduce_incidents
from services.domain.messages import IncidentRecord


@dataclass(frozen=True, slots=True)
class Point:
    """One setting: what it asks for, what came, and what of the reference was seen."""

    setting: Setting
    asked_per_100_key_days: float | None
    asked_per_day: float | None
    incidents: int
    per_day: float | None
    per_100_key_days: float | None
    seen: int
    missed: int
    delay_minutes: float | None
    """Median over what was seen."""
    on_unwanted: int
    """Incidents on events that are not to be found."""


def point(setting: Setting, result: BacktestResult, reference: Reference) -> Point:
    """What a run at a setting gives."""
    surges = of_surges(reduce_incidents(result.messages))
    delays = [delay for window in reference.wanted if (delay := _delay(window, surges)) is not None]
    asked = None
    if setting.threshold is None:
        asked = asked_per_100_key_days(setting.watchlists, result.days_by_key, result.days)
    return Point(
        setting=setting,
        asked_per_100_key_days=asked,
        asked_per_day=None if asked is None else asked / 100.0 * result.key_days / result.days,
        incidents=len(surges),
        per_day=len(surges) / result.days if result.days else None,
        per_100_key_days=100.0 * len(surges) / result.key_days if result.key_days else None,
        seen=len(delays),
        missed=len(reference.wanted) - len(delays),
        delay_minutes=median(delays) if delays else None,
        on_unwanted=sum(_within(reference.unwanted, one) and not _within(reference.wanted, one) for one in surges),
    )


def _delay(window: DetectionWindow, records: Iterable[IncidentRecord]) -> float | None:
    """Minutes to the first incident that sees it; one before its start is not late."""
    times = [record.first_at for record in records if window.holds(record)]
    return max(min(times) - window.start, 0) / MINUTE_MS if times else None


def _within(windows: Iterable[DetectionWindow], record: IncidentRecord) -> bool:
    return any(window.holds(record) for window in windows)
