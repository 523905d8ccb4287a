"""One incident in full: head, numbers, the last day by the hour, what happened, and the texts behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.alerting.incidents.history import Happened
from services.alerting.terminal.chart import bar_chart
from services.alerting.terminal.evidence import evidence_lines
from services.alerting.terminal.terms import (
    OPEN,
    STEPS,
    about,
    counts,
    duration,
    has_p_value,
    key_and_name,
    rarity,
    severity,
    watchlists,
)
from services.domain.event_time import HOUR_MS
from services.domain.incident import is_open
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import IncidentRaised, IncidentRecord
from services.text.untrusted import safe_text

CHART_LINES = 5
MOST_ID_CHARS = 300
_COUNTED = {
    "negative": "weighted negative texts (copies, and one author again, count less)",
    "volume": "weighted texts of any sentiment",
    "rule": "texts that fit the rule",
    "market": "followed keys with a surge at once",
}


def detail(record: IncidentRecord, steps: Sequence[Happened], times: LocalTime = IN_UTC) -> RenderableType:
    """All about one incident; `steps` is what `alerts` tells of it, earliest first."""
    return Group(
        *_head(record, times),
        *_numbers(record),
        *_timeline(record.raised, times),
        *_history(steps, times),
        *_evidence(record, times),
    )


def _head(record: IncidentRecord, times: LocalTime) -> Iterator[RenderableType]:
    raised = record.raised
    dot, style = ("●", "bold red") if is_open(record) else ("○", "bold")
    yield Text(f"{dot} {severity(raised.severity)}  {key_and_name(raised)}  {about(raised)}", style=style)
    yield Text(safe_text(raised.id, MOST_ID_CHARS))
    if record.cleared is None:
        yield Text(f"{OPEN}, raised 触发 {times.stamp(record.first_at)}")
    else:
        over, after = times.stamp(record.cleared.time), duration(record.cleared.time - record.first_at)
        yield Text(f"cleared 解除 {over} after {after}, raised 触发 {times.stamp(record.first_at)}")
    if raised.watchlists:
        quiet = "; raised in their quiet hours 免打扰时段" if raised.quiet else ""
        yield Text(f"watchlists 关注: {watchlists(raised)}{quiet}")
    if raised.provisional:
        yield Text("The key is new: its usual level is not known well yet. 新对象，基线未稳。")


def _numbers(record: IncidentRecord) -> Iterator[RenderableType]:
    raised = record.raised
    yield _title("Numbers 数字")
    yield Text(f"{' '.join(counts(raised))}: {_COUNTED[raised.channel]}")
    if raised.channel == "negative":
        yield Text(f"{raised.texts:,.1f} weighted texts of any sentiment in that window")
    if raised.channel == "market":
        yield Text(f"p-value of the rarest of them {record.p_value:.2g}: {rarity(record.p_value)}")
    elif has_p_value(raised):
        yield Text(f"score {record.score:.2f} at most, {raised.threshold:.2f} raises an alert")
        yield Text(f"p-value {record.p_value:.2g}: {rarity(record.p_value)}")


def _timeline(raised: IncidentRaised, times: LocalTime) -> Iterator[RenderableType]:
    """A surge carries the calendar hours up to its time, the last of them begun."""
    if not any(raised.timeline):
        return
    last = (raised.time - 1) // HOUR_MS
    hours = [f"{times.at((last - back) * HOUR_MS):%H}" for back in reversed(range(len(raised.timeline)))]
    yield _title(
        f"Weighted negative texts by the hour 每小时负面文本 ({times.name}), until {times.minute(raised.time)}"
    )
    for line in bar_chart(raised.timeline, hours, CHART_LINES):
        yield Text(line, no_wrap=True, overflow="crop")


def _history(steps: Sequence[Happened], times: LocalTime) -> Iterator[RenderableType]:
    if not steps:
        return
    yield _title(f"History 经过 ({times.name})")
    table = Table.grid(padding=(0, 2))
    for each in steps:
        score = (f"score {each.score:.2f}", f"p {each.p_value:.2g}") if each.score else ()
        table.add_row(times.minute(each.time), STEPS[each.step], severity(each.severity), *score)
    yield table


def _evidence(record: IncidentRecord, times: LocalTime) -> Iterator[RenderableType]:
    texts = record.raised.evidence
    if not texts:
        return
    marked = " («…» made it so 关键词句)" if any(one.highlights for one in texts) else ""
    yield _title(f"Evidence 证据{marked}")
    for number, one in enumerate(texts, 1):
        yield from evidence_lines(number, one, times)


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")
