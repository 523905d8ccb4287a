"""Many incidents as a table; what others wrote is made safe for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.alerting.terminal.terms import (
    about,
    counts,
    has_p_value,
    key,
    key_and_name,
    lasted,
    severity,
    watchlists,
)
from services.domain.event_time import format_iso
from services.domain.incident import is_open
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import IncidentRecord
from services.text.untrusted import safe_text

TEXT_CHARACTERS = 80
NONE = (
    "No incidents 无.\n"
    "Texts older than what the stream has seen already are too late for detection: a history is looked at by "
    "groundswell backtest, or replayed into a stream of its own.\n"
    "早于数据流当前时间的文本不参与检测：历史数据请用 groundswell backtest 查看，或在单独的数据流中重放。"
)
HINT = "One in full: groundswell alerts show KEY@TIME, such as {}; a key alone shows its latest."


def listing(records: Sequence[IncidentRecord], left_out: int, times: LocalTime = IN_UTC) -> RenderableType:
    """The table of `records` in their order, a line that counts them and those `left_out`, and how to see one."""
    if not records:
        return Text(NONE)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("severity 级别", no_wrap=True)
    table.add_column("key 对象", overflow="fold")
    table.add_column(f"raised 触发 ({times.name})", no_wrap=True)
    table.add_column("texts 文本", overflow="fold")
    table.add_column("best text 最强证据", overflow="fold", ratio=1, min_width=20)
    for record in records:
        table.add_row(*_cells(record, times))
    open_ones = sum(is_open(record) for record in records)
    more = f"; {left_out} more with --limit" if left_out else ""
    first = records[0].raised
    example = f"{key(first)}@{format_iso(records[0].first_at)[:16]}"
    return Group(
        table, Text(f"{len(records)} shown, {open_ones} open{more}. 显示 {len(records)} 起，未解除 {open_ones} 起。"),
        Text(HINT.format(example) + ("" if times == IN_UTC else " Ids are in UTC."), style="dim"),
    )  # fmt: skip


def _cells(record: IncidentRecord, times: LocalTime) -> list[Text]:
    raised = record.raised
    dot, style = ("●", "bold red") if is_open(record) else ("○", "")
    lists = f"\n关注 {watchlists(raised)}" if raised.watchlists else ""
    p_value = f", p {record.p_value:.2g}" if has_p_value(raised) else ""
    best = safe_text(raised.evidence[0].text, TEXT_CHARACTERS) if raised.evidence else ""
    return [
        Text(f"{dot} {severity(raised.severity)}", style=style),
        Text(f"{key_and_name(raised)}\n{about(raised)}{lists}"),
        Text(f"{times.minute(record.first_at)}\n{lasted(record)}"),
        Text("\n".join(counts(raised)) + p_value),
        Text(best),
    ]
