"""Hand-made incidents, results and findings for tests of a backtest and its report."""

from __future__ import annotations

from typing import Any

from services.backtest.budget import Setting, around
from services.backtest.curve import point
from services.backtest.reference import Reference, reference_of_incidents
from services.backtest.report.incidents import shown_keys
from services.backtest.report.page import Findings
from services.backtest.report.timeline import Timeline
from services.backtest.run import BacktestResult
from services.domain.event_time import format_iso
from services.domain.incident import key_of, reduce_incidents
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, WatchlistBudget
from services.watchlists.model import Watchlists
from tests.factories import DAY, HOUR, MINUTE, START, budget_status, evidence, raised

EVERYTHING = Setting(Watchlists())


def raised_at(
    at: int, *, entity: str = "ACME", text: str = "a bad text", url: str | None = None, first: int | None = None,
    **changes: Any,
) -> IncidentRaised:  # fmt: skip
    """A raise at `at` (ms) of the incident that began at `first`, by default then; it brings one text."""
    began = at if first is None else first
    fields: dict[str, Any] = {
        "id": f"company:{entity}@{format_iso(began)}",
        "entity": entity,
        "time": at,
        "severity": 1,
        "score": 1.0,
        "p_value": 0.01,
        "observed": 4.2,
        "expected": 0.31,
        "texts": 6.0,
        "revision": 0 if first is None else 1,
        "watchlists": (),
        "evidence": (evidence(text=text, time=at - MINUTE, source="wire", url=url, reach=3),),
    }
    return raised(**(fields | changes))


def result(*messages: IncidentRaised | IncidentCleared) -> BacktestResult:
    """Ten days of two keys, one of which came after five."""
    return BacktestResult(
        messages=list(messages),
        texts=100,
        keys=2,
        key_days=15.0,
        days_by_key={MonitoredKey.of_company("ACME"): 10.0, MonitoredKey.of_company("LATE"): 5.0},
        start=START,
        end=START + 10 * DAY,
    )


def findings(*messages: IncidentRaised | IncidentCleared, reference: Reference | None = None) -> Findings:
    """What a report says of such a result; without a reference its own incidents are the reference."""
    incidents = reduce_incidents(messages)
    against = reference or reference_of_incidents(incidents)
    return Findings(
        title="history.jsonl",
        facts=[("Texts 文本", "100")],
        points=[point(setting, result(*messages), against) for setting in around(EVERYTHING)],
        reference=against,
        budget_status=budget_status(watchlists=(WatchlistBudget(name="all", keys=2, alerts_per_day=0.004),)),
        incidents=incidents,
        timelines={key: Timeline(HOUR) for key in shown_keys(incidents)},
        names={key_of(record.raised): str(key_of(record.raised)) for record in incidents},
        start=START,
        end=START + 10 * DAY,
    )
