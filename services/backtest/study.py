"""What a report needs of the same texts: the runs around the chosen setting, the curve, the timelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.backtest.budget import Setting, around
from services.backtest.curve import Point, point
from services.backtest.events import Event
from services.backtest.reference import Reference, reference_of_events, reference_of_incidents
from services.backtest.report.incidents import shown_keys
from services.backtest.report.timeline import Timeline, bin_width, timelines
from services.backtest.run import BacktestResult
from services.backtest.scored_file import read_scored
from services.backtest.sweep import sweep
from services.domain.incident import reduce_incidents
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentRecord


@dataclass(frozen=True, slots=True)
class Study:
    """The curve, and `result`, `incidents` and `timelines` of the chosen setting."""

    points: Sequence[Point]
    reference: Reference
    result: BacktestResult
    incidents: Sequence[IncidentRecord]
    timelines: Mapping[MonitoredKey, Timeline]


def study(texts: Path, chosen: Setting, events: Sequence[Event] | None, advance: Callable[[], None]) -> Study:
    """Run the texts of a scored file at the settings around `chosen`; `advance` is called after each run.

    Without `events` the most generous run is the reference.
    """
    settings = around(chosen)
    results = sweep(settings, texts, advance)
    result = next(each for setting, each in zip(settings, results, strict=True) if setting.is_chosen)
    if events is None:
        reference = reference_of_incidents(reduce_incidents(results[-1].messages))
    else:
        reference = reference_of_events(events, result.start, result.end)
    incidents = reduce_incidents(result.messages)
    width = bin_width(result.end - result.start)
    return Study(
        points=[point(setting, each, reference) for setting, each in zip(settings, results, strict=True)],
        reference=reference,
        result=result,
        incidents=incidents,
        timelines=timelines(read_scored(texts), shown_keys(incidents), chosen.watchlists, width),
    )
