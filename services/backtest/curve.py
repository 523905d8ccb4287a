"""The curve a user decides by: for each setting the alerts a day, and what is seen, missed and how late."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from services.backtest.budget import Setting, asked_per_100_key_days
from services.backtest.events import TO_FIND, Event
from services.backtest.incidents import Alert, alerts_of, of_surges
from services.backtest.run import BacktestResult
from services.domain.event_time import DAY_MS, MINUTE_MS
from services.domain.key import MonitoredKey

GRACE_MS = DAY_MS
"""An alert that comes so long after the end of an event still belongs to it."""
LEAST_SEVERITY = 2
"""Without labelled events, the incidents of at least this severity are what should be seen."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Seen when an alert of `key` is raised from `since` to before `until`; late counts from `start` (ms)."""

    key: MonitoredKey
    since: float
    start: int
    until: float


@dataclass(frozen=True, slots=True)
class Reference:
    """What should be seen, and what should not; `labelled` when it comes from events and not from a run."""

    wanted: Sequence[Wanted]
    unwanted: Sequence[Wanted]
    labelled: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One setting: what it asks for, what came, and what of the reference was seen."""

    setting: Setting
    asked_per_100_key_days: float | None
    asked_per_day: float | None
    alerts: int
    per_day: float | None
    per_100_key_days: float | None
    seen: int
    missed: int
    delay_minutes: float | None
    """Median over what was seen."""
    on_unwanted: int
    """Alerts on events that are not to be found."""


def reference_of_events(events: Iterable[Event], start: int, end: int) -> Reference:
    """Those of the labelled events that begin within the time looked at (ms)."""
    within = [event for event in events if start <= event.start <= end]
    spans = [(event.label, Wanted(event.key, event.start, event.start, event.end + GRACE_MS)) for event in within]
    return Reference(
        wanted=[one for label, one in spans if label == TO_FIND],
        unwanted=[one for label, one in spans if label != TO_FIND],
        labelled=True,
    )


def reference_of_alerts(alerts: Sequence[Alert]) -> Reference:
    """The more severe incidents of the most generous run, each from the end of the one before it to its own end."""
    wanted = []
    free_since: dict[MonitoredKey, float] = {}
    for alert in of_surges(alerts):
        until = math.inf if alert.cleared_at is None else alert.cleared_at
        if alert.latest.severity >= LEAST_SEVERITY:
            wanted.append(Wanted(alert.key, free_since.get(alert.key, -math.inf), alert.raised_at, until))
        free_since[alert.key] = until
    return Reference(wanted, (), labelled=False)


def point(setting: Setting, result: BacktestResult, reference: Reference) -> Point:
    """What a run at a setting gives."""
    alerts = of_surges(alerts_of(result.messages))
    delays = [delay for one in reference.wanted if (delay := _delay(one, alerts)) is not None]
    asked = None
    if setting.threshold is None:
        asked = asked_per_100_key_days(setting.watchlists, result.days_by_key, result.days)
    return Point(
        setting=setting,
        asked_per_100_key_days=asked,
        asked_per_day=None if asked is None else asked / 100.0 * result.key_days / result.days,
        alerts=len(alerts),
        per_day=len(alerts) / result.days if result.days else None,
        per_100_key_days=100.0 * len(alerts) / result.key_days if result.key_days else None,
        seen=len(delays),
        missed=len(reference.wanted) - len(delays),
        delay_minutes=median(delays) if delays else None,
        on_unwanted=sum(_hits(alert, reference.unwanted) and not _hits(alert, reference.wanted) for alert in alerts),
    )


def _delay(wanted: Wanted, alerts: Iterable[Alert]) -> float | None:
    """Minutes to the first alert that sees it; an alert before its start is not late."""
    times = [alert.raised_at for alert in alerts if _sees(alert, wanted)]
    return max(min(times) - wanted.start, 0) / MINUTE_MS if times else None


def _hits(alert: Alert, spans: Iterable[Wanted]) -> bool:
    return any(_sees(alert, one) for one in spans)


def _sees(alert: Alert, wanted: Wanted) -> bool:
    return alert.key == wanted.key and wanted.since <= alert.raised_at < wanted.until
