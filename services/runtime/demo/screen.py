"""The demo's screen, drawn by rich from its state; knows no Kafka and no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.domain.incident import is_open
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import IncidentRecord
from services.runtime.demo.state import DemoState, Sentiments
from services.text.untrusted import one_line

BAR_CELLS = 28
ROWS = 8
INCIDENTS = 4
EVIDENCE = 2
COLOURS = ("red", "grey50", "green")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the screen says beside the state."""

    metrics: Mapping[str, str]
    """Process -> address of its metrics."""
    topic_names: Mapping[str, str]
    """Topic id -> English name."""
    times: LocalTime = IN_UTC


def draw(state: DemoState, around: Surroundings, status: str, wall: float) -> RenderableType:
    """The whole screen; `status` is one line, `wall` as in `DemoState.rate`."""
    sides = Table.grid(expand=True)
    sides.add_column(ratio=1)
    sides.add_column(ratio=1)
    topics = [(around.topic_names.get(id_, id_), counts) for id_, counts in state.most("topic", ROWS)]
    companies = [(f"${id_}", counts) for id_, counts in state.most("company", ROWS)]
    sides.add_row(_sentiment("companies", companies), _sentiment("topics", topics))
    return Group(_head(state, around.times, wall), sides, _incidents(state, around.times), _foot(around, status))


def _head(state: DemoState, times: LocalTime, wall: float) -> RenderableType:
    line = Table.grid(expand=True)
    for share in (3, 2, 2, 3):
        line.add_column(justify="center", ratio=share, no_wrap=True)
    clock = times.stamp(state.clock) if state.clock else "starting ..."
    line.add_row(
        Text.assemble(("event time ", "dim"), (clock, "bold cyan")),
        Text.assemble(("scored ", "dim"), (f"{state.scored:,}", "bold"), (" texts", "dim")),
        Text.assemble((f"{state.rate(wall):,.0f}", "bold"), (" texts/s", "dim")),
        Text.assemble(
            ("alerts ", "dim"), (str(len(state.incidents)), "bold red"), (f"   dead letters {state.dead}", "dim")
        ),
    )
    return Panel(line, title="[bold]Groundswell[/bold]", border_style="cyan")


def _sentiment(what: str, rows: Sequence[tuple[str, Sentiments]]) -> RenderableType:
    """Stacked bars: as long as the texts are many, in the colours of their sentiments."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, max_width=18, min_width=10)
    table.add_column(justify="right", width=4)
    table.add_column(no_wrap=True, ratio=1)
    most = max((sum(counts) for _, counts in rows), default=1)
    for name, counts in rows:
        table.add_row(Text(one_line(name), overflow="ellipsis"), str(sum(counts)), stacked_bar(counts, most, BAR_CELLS))
    for _ in range(ROWS - len(rows)):
        table.add_row("", "", "")
    title = f"{what} of 7 days: [red]bad[/red], [grey50]neutral[/grey50], [green]good[/green]"
    return Panel(table, title=title, title_align="left", border_style="grey50")


def stacked_bar(counts: Sentiments, most: int, cells: int) -> Text:
    """A bar of at most `cells` cells, full length for `most` texts; parts are rounded so that they add up."""
    total = sum(counts)
    length = max(1, round(cells * total / most)) if total else 0
    bar = Text()
    passed, drawn = 0, 0
    for count, colour in zip(counts, COLOURS, strict=True):
        passed += count
        end = round(length * passed / total) if total else 0
        bar.append("█" * (end - drawn), style=colour)
        drawn = end
    return bar


def _incidents(state: DemoState, times: LocalTime) -> RenderableType:
    latest = state.latest_incidents(INCIDENTS)
    if not latest:
        return Panel(Text("none yet: no wave of bad opinion so far", style="dim"), title="alerts", title_align="left")
    return Panel(
        Group(*(part for record in latest for part in _incident(record, times))),
        title=f"alerts ({len(state.incidents)}), newest first",
        title_align="left",
        border_style="red",
    )


def _incident(record: IncidentRecord, times: LocalTime) -> list[RenderableType]:
    raised = record.raised
    head = Text.assemble(
        (f" severity {raised.severity} ", "bold white on red" if is_open(record) else "white on grey37"),
        (f" {one_line(raised.name)}", "bold"),
        f"  {times.stamp(raised.time)}  {raised.observed:.0f} negative against {raised.expected:.1f} expected"
        f" in {_span(raised.window_minutes)}",
        no_wrap=True,
        overflow="ellipsis",
    )
    texts = [
        Text(f"   {one_line(piece.text)}", style="italic dim", no_wrap=True, overflow="ellipsis")
        for piece in raised.evidence[:EVIDENCE]
    ]
    return [head, *texts]


def _span(minutes: int) -> str:
    return f"{minutes // 60} h" if minutes >= 60 and minutes % 60 == 0 else f"{minutes} min"


def _foot(around: Surroundings, status: str) -> RenderableType:
    where = "  ".join(f"{name} {url}" for name, url in around.metrics.items())
    return Group(Text(f" metrics: {where}", style="dim", overflow="fold"), Text(f" {status}"))
