"""What a report needs of the same texts: the runs around the chosen setting, the curve, the timelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.backtest.budget import Setting, around
from services.backtest.curve import Point, Reference, point, reference_of_alerts, reference_of_events
from services.backtest.events import Event
from services.backtest.incidents import Alert, alerts_of
from services.backtest.report.incidents import shown_keys
from services.backtest.report.timeline import Timeline, bin_width, timelines
from services.backtest.run import BacktestResult
from services.backtest.scored_file import kept_texts
from services.backtest.sweep import sweep
from services.domain.key import MonitoredKey


@dataclass(frozen=True, slots=True)
class Study:
    """The curve, and `result`, `alerts` and `timelines` of the chosen setting."""

    points: Sequence[Point]
    reference: Reference
    result: BacktestResult
    alerts: Sequence[Alert]
    timelines: Mapping[MonitoredKey, Timeline]


def study(texts: Path, chosen: Setting, events: Sequence[Event] | None, advance: Callable[[], None]) -> Study:
    """Run the texts of `kept.keep_texts` at the settings around `chosen`; `advance` is called after each run.

    Without `events` the most generous run is the reference.
    """
    settings = around(chosen)
    results = sweep(settings, texts, advance)
    result = next(each for setting, each in zip(settings, results, strict=True) if setting.factor == 1.0)
    if events is None:
        reference = reference_of_alerts(alerts_of(results[-1].messages))
    else:
        reference = reference_of_events(events, result.start, result.end)
    alerts = alerts_of(result.messages)
    width = bin_width(result.end - result.start)
    return Study(
        points=[point(setting, each, reference) for setting, each in zip(settings, results, strict=True)],
        reference=reference,
        result=result,
        alerts=alerts,
        timelines=timelines(kept_texts(texts), shown_keys(alerts), chosen.watchlists, width),
    )
