"""The demo's screen, drawn by rich from its state; knows no Kafka and no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.domain.incident import is_open
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import IncidentRaised, IncidentRecord
from services.runtime.demo.state import DemoState, Sentiments
from services.text.untrusted import one_line

WIDE = 110
"""Columns from which an alert's head is one line."""
TALL = 30
"""Lines from which the addresses of metrics are shown."""
MOST_ROWS = 8
HEAD_LINES, FRAME_LINES, SPARE_LINES = 3, 2, 1
LEAST_ROWS = 3
NAME_CELLS = 18
COUNT_CELLS = 4
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


def draw(state: DemoState, around: Surroundings, status: str, wall: float, columns: int, lines: int) -> RenderableType:
    """The whole screen of `columns` by `lines`, the alerts above all else; `status` is a line or two, `wall` as in
    `DemoState.rate`.
    """
    foot = _foot(around, status, columns, lines)
    room = lines - HEAD_LINES - len(foot) - SPARE_LINES
    alerts = _alert_lines(state, around.times, columns, room - 2 * FRAME_LINES - LEAST_ROWS)
    rows = min(room - 2 * FRAME_LINES - len(alerts), MOST_ROWS)
    return Group(_head(state, around.times, wall), _alerts(state, alerts), _bars(state, around, rows, columns), *foot)


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


def _bars(state: DemoState, around: Surroundings, rows: int, columns: int) -> RenderableType:
    """Companies and topics side by side."""
    sides = Table.grid(expand=True)
    sides.add_column(ratio=1)
    sides.add_column(ratio=1)
    topics = [(around.topic_names.get(id_, id_), counts) for id_, counts in state.most("topic", rows)]
    companies = [(f"${id_}", counts) for id_, counts in state.most("company", rows)]
    cells = max(columns // 2 - NAME_CELLS - COUNT_CELLS - 8, 4)
    sides.add_row(_sentiment("companies", companies, rows, cells), _sentiment("topics", topics, rows, cells))
    return sides


def _sentiment(what: str, rows: Sequence[tuple[str, Sentiments]], height: int, cells: int) -> RenderableType:
    """Stacked bars: as long as the texts are many, in the colours of their sentiments."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, max_width=NAME_CELLS, min_width=10)
    table.add_column(justify="right", width=COUNT_CELLS)
    table.add_column(no_wrap=True, ratio=1)
    most = max((sum(counts) for _, counts in rows), default=1)
    for name, counts in rows:
        table.add_row(Text(one_line(name), overflow="ellipsis"), str(sum(counts)), stacked_bar(counts, most, cells))
    for _ in range(height - len(rows)):
        table.add_row("", "", "")
    title = f"{what}, 7 days: [red]bad[/red] [grey50]neutral[/grey50] [green]good[/green]"
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


def _alerts(state: DemoState, lines: Sequence[Text]) -> RenderableType:
    if not state.incidents:
        return Panel(Group(*lines), title="alerts", title_align="left")
    title = f"alerts ({len(state.incidents)}): the worst, then the newest"
    return Panel(Group(*lines), title=title, title_align="left", border_style="red")


def _alert_lines(state: DemoState, times: LocalTime, columns: int, most: int) -> list[Text]:
    """The worst alert with its evidence, then as many of the newest as there is room for."""
    worst = state.worst_incident()
    if worst is None:
        return [Text("none yet: no wave of bad opinion so far", style="dim")]
    found = [*_heading(worst, times, columns), *_evidence(worst, EVIDENCE)]
    for record in state.latest_incidents():
        more = [*_heading(record, times, columns), *_evidence(record, 1)]
        if record is not worst and len(found) + len(more) <= most:
            found += more
    return found[: max(most, 1)]


def _heading(record: IncidentRecord, times: LocalTime, columns: int) -> list[Text]:
    raised = record.raised
    head = Text.assemble(
        (f" severity {raised.severity} ", "bold white on red" if is_open(record) else "white on grey37"),
        (f" {one_line(raised.name)}", "bold"),
        f"  {times.stamp(raised.time)}",
        no_wrap=True,
        overflow="ellipsis",
    )
    numbers = numbers_of(raised)
    if columns >= WIDE:
        return [head.append(f"  {numbers}")]
    return [head, Text(f"   {numbers}", no_wrap=True, overflow="ellipsis")]


def _evidence(record: IncidentRecord, most: int) -> list[Text]:
    return [
        Text(f"   {one_line(piece.text)}", style="italic dim", no_wrap=True, overflow="ellipsis")
        for piece in record.raised.evidence[:most]
    ]


def numbers_of(raised: IncidentRaised) -> str:
    """Such as `9 negative against 1.0 expected in 4 h`."""
    span = f"{raised.window_minutes // 60} h" if raised.window_minutes % 60 == 0 else f"{raised.window_minutes} min"
    return f"{raised.observed:.0f} negative against {raised.expected:.1f} expected in {span}"


def _foot(around: Surroundings, status: str, columns: int, lines: int) -> list[Text]:
    foot = [Text(f" {line}", no_wrap=True, overflow="ellipsis") for line in status.splitlines()]
    if lines >= TALL:
        where = "  ".join(f"{name} {url}" for name, url in around.metrics.items())
        foot += [Text(f" {line}", style="dim") for line in wrap(f"metrics: {where}", columns - 2)]
    return foot
