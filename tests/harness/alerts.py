"""Made alerts of one company, and views of them as plain lines."""

from __future__ import annotations

import io
from typing import Any

import msgspec
from rich.console import Console, RenderableType

from services.alerting.incidents.history import History
from services.domain.messages import Evidence, Highlight, IncidentCleared, IncidentRaised, IncidentRecord

MINUTE = 60_000
HOUR = 60 * MINUTE
TIME = 1_409_758_860_000
"""2014-09-03T15:41:00Z."""

BEST = Evidence(
    id="t1",
    text="Apple's iCloud was hacked and the pictures are everywhere, sell now",
    time=TIME - 21 * MINUTE,
    negative=0.9789,
    source="twitter",
    url="https://example.org/1",
    reach=3,
    highlights=(
        Highlight(text="hacked", start=19, end=25, effect=0.4),
        Highlight(text="sell", start=59, end=63, effect=0.2),
    ),
)
SECOND = Evidence(
    id="t2",
    text="苹果云端照片外泄，股价下跌",
    time=TIME - 2 * MINUTE,
    negative=0.91,
    source="雪球",
    url=None,
    reach=1,
)


def raised(**changes: Any) -> IncidentRaised:
    """A surge about AAPL at `TIME`, with some fields changed; it is named as the entity."""
    made = IncidentRaised(
        id="company:AAPL@2014-09-03T15:41:00Z",
        kind="company",
        entity="AAPL",
        name="AAPL",
        time=TIME,
        severity=2,
        score=1.25,
        p_value=3e-4,
        threshold=0.75,
        watchlists=("all", "risk"),
        observed=8.1,
        expected=0.7,
        texts=11.4,
        window_minutes=240,
        provisional=False,
        revision=0,
        evidence=(BEST, SECOND),
        timeline=(*[0.0] * 20, 0.9, 0.0, 1.8, 5.4),
    )
    named = {"name": changes["entity"]} if "entity" in changes else {}
    return msgspec.structs.replace(made, **(named | changes))


def market_wide(**changes: Any) -> IncidentRaised:
    """A market-wide alert about companies, with some fields changed."""
    made = raised(
        id="market:company@2014-09-03T15:45:00Z",
        channel="market",
        kind="market",
        entity="company",
        name="company",
        time=TIME + 4 * MINUTE,
        severity=3,
        watchlists=(),
        observed=10_000.0,
        texts=12_000.0,
        threshold=600.0,
        window_minutes=30,
    )
    return msgspec.structs.replace(made, **changes)


def cleared(of: IncidentRaised, after: int = 4 * HOUR, **changes: Any) -> IncidentCleared:
    """The end of an incident `after` ms from its raise `of`."""
    made = IncidentCleared(
        id=of.id,
        kind=of.kind,
        entity=of.entity,
        name=of.name,
        time=of.time + after,
        raised_at=of.time,
        severity=of.severity,
        score=of.score,
        p_value=of.p_value,
        channel=of.channel,
    )
    return msgspec.structs.replace(made, **changes)


ESCALATED = raised(revision=1, time=TIME + 30 * MINUTE, severity=4, score=3.5, p_value=2.1e-6, observed=31.5)


def record_of(*messages: IncidentRaised | IncidentCleared) -> IncidentRecord:
    """What messages about one incident come to."""
    history = History()
    for message in messages:
        history.apply(message)
    (record,) = history.records.values()
    return record


def printed(view: RenderableType, width: int) -> str:
    """What is written to a terminal of `width` columns without colours."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def lines_of(view: RenderableType, width: int) -> list[str]:
    """What a terminal of `width` columns shows of it, without blanks at the ends of lines."""
    return [line.rstrip() for line in printed(view, width).splitlines()]
