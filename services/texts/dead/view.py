"""Dead letters on a terminal and as JSON; what is in them is anybody's, and shown inert."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.domain.dead_letter import MOST_DETAIL_CHARS as MOST_DETAIL_KEPT
from services.domain.dead_letter import MOST_PAYLOAD_BYTES
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import Origin
from services.text.untrusted import masked, safe_text
from services.texts.dead.letters import Buried

MOST_DETAIL_CHARS = 100
MOST_PAYLOAD_CHARS = 60
MOST_NAME_CHARS = 60


def listing(letters: Sequence[Buried], left_out: int, times: LocalTime = IN_UTC) -> RenderableType:
    """The table of `letters` in their order, and a line that counts them and those `left_out`."""
    if not letters:
        return Text("No dead letters.")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("id", f"buried ({times.name})", "stage", "reason"):
        table.add_column(name, no_wrap=True)
    table.add_column("read from", overflow="fold")
    table.add_column("detail, first bytes", overflow="fold", ratio=1, min_width=30)
    for each in letters:
        letter = each.letter
        start = safe_text(_text(letter.payload), MOST_PAYLOAD_CHARS)
        again = "\nretried" if each.retried_at is not None else ""
        table.add_row(
            Text(each.id + again),
            Text(times.second(letter.time)),
            Text(letter.stage),
            Text(safe_text(letter.reason, MOST_NAME_CHARS)),
            Text(_place(letter.origin)),
            Text(f"{safe_text(letter.detail, MOST_DETAIL_CHARS)}\n{start}"),
        )
    more = f"; {left_out} more with --limit" if left_out else ""
    return Group(
        table, Text(f"{len(letters)} shown{more}. One in full: groundswell dead show {letters[0].id}", style="dim")
    )


def detail(buried: Buried, times: LocalTime = IN_UTC) -> RenderableType:
    """All about one dead letter."""
    letter = buried.letter
    retried = "no" if buried.retried_at is None else times.iso(buried.retried_at)
    held = f"{len(letter.payload)} of {letter.payload_bytes} bytes"
    facts = {
        "dead letter": buried.id,
        "reason": safe_text(letter.reason, MOST_NAME_CHARS),
        "detail": safe_text(letter.detail, MOST_DETAIL_KEPT),
        "stage": letter.stage,
        "read from": _place(letter.origin),
        "buried": times.iso(letter.time),
        "retried": retried,
        "payload": held,
    }
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(Text(name, style="bold"), Text(value, overflow="fold"))
    return Group(table, Text(""), Text(masked(_text(letter.payload[:MOST_PAYLOAD_BYTES])), overflow="fold"))


def as_json(buried: Buried, times: LocalTime = IN_UTC) -> dict[str, Any]:
    """One dead letter as an object; `payload` is base64, since it need not be text."""
    letter, origin = buried.letter, buried.letter.origin
    return {
        "id": buried.id,
        "reason": letter.reason,
        "detail": letter.detail,
        "stage": letter.stage,
        "origin": None
        if origin is None
        else {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset},
        "buried_at": times.iso(letter.time),
        "retried_at": None if buried.retried_at is None else times.iso(buried.retried_at),
        "payload": base64.b64encode(letter.payload).decode(),
        "payload_bytes": letter.payload_bytes,
    }


def _place(origin: Origin | None) -> str:
    if origin is None:
        return "no topic"
    return f"{safe_text(origin.topic, MOST_NAME_CHARS)}/{origin.partition}/{origin.offset}"


def _text(payload: bytes) -> str:
    return payload.decode("utf-8", "replace")
