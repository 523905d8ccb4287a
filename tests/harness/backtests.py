"""Hand-made alerts and results for tests of what is told about a backtest."""

from __future__ import annotations

from services.backtest.budget import Setting
from services.backtest.run import BacktestResult
from services.domain.event_time import format_iso
from services.domain.key import MonitoredKey
from services.domain.messages import Channel, Evidence, IncidentCleared, IncidentRaised
from services.watchlists.model import Watchlists
from tests.harness.streams import DAY, MINUTE, START

EVERYTHING = Setting(Watchlists())


def raised(
    at: int, *, entity: str = "ACME", severity: int = 1, p_value: float = 0.01, text: str = "a bad text",
    url: str | None = None, channel: Channel = "negative", first: int | None = None,
) -> IncidentRaised:  # fmt: skip
    """An alert raised at `at` (ms); it belongs to the incident that began at `first`, and brings one text."""
    began = at if first is None else first
    return IncidentRaised(
        id=f"company:{entity}@{format_iso(began)}",
        channel=channel,
        kind="company",
        entity=entity,
        name=entity,
        time=at,
        severity=severity,
        score=1.0,
        p_value=p_value,
        observed=4.2,
        expected=0.31,
        texts=6.0,
        window_minutes=240,
        provisional=False,
        revision=0 if first is None else 1,
        evidence=(
            Evidence(id="t1", text=text, time=at - MINUTE, negative=0.9, source="wire", url=url, reach=3),
        ),
    )  # fmt: skip


def cleared(message: IncidentRaised, at: int, p_value: float = 1.0) -> IncidentCleared:
    """The end of its incident."""
    return IncidentCleared(
        id=message.id,
        kind=message.kind,
        entity=message.entity,
        name=message.name,
        time=at,
        raised_at=message.time,
        severity=message.severity,
        p_value=p_value,
    )


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
