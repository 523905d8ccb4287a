"""A backtest as one HTML page that stands by itself: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.backtest.curve import Point
from services.backtest.reference import LEAST_SEVERITY, Reference
from services.backtest.report.decision_chart import decision_chart
from services.backtest.report.incidents import incident_table, key_timelines
from services.backtest.report.render import render
from services.backtest.report.timeline import Timeline
from services.domain.key import MonitoredKey
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import BudgetStatus, IncidentRecord


@dataclass(frozen=True, slots=True)
class Findings:
    """What a report is about. `incidents` and `timelines` are those of the chosen setting; times in ms."""

    title: str
    facts: Sequence[tuple[str, str]]
    points: Sequence[Point]
    reference: Reference
    budget_status: BudgetStatus | None
    incidents: Sequence[IncidentRecord]
    timelines: Mapping[MonitoredKey, Timeline]
    names: Mapping[MonitoredKey, str]
    """What to call a key in front of people."""
    start: int
    end: int
    times: LocalTime = IN_UTC


def page(findings: Findings) -> str:
    """The page."""
    return render(
        "page.html.j2",
        title=findings.title,
        facts=findings.facts,
        points=findings.points,
        reference=findings.reference,
        least_severity=LEAST_SEVERITY,
        decision=decision_chart(findings.points),
        budget_status=findings.budget_status,
        incidents=incident_table(findings.incidents, findings.names, findings.times),
        zone=findings.times.name,
        timelines=key_timelines(
            findings.incidents, findings.timelines, findings.names, findings.start, findings.end, findings.times
        ),
    )
