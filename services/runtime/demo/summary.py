"""What the demo says at its end: what was found, how to look at it, and how to go on with one's own texts."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from services.domain.local_time import IN_UTC, LocalTime
from services.runtime.demo.screen import numbers_of
from services.runtime.demo.state import DemoState
from services.text.untrusted import one_line

_CUT = 76


def summary(state: DemoState, texts: int, times: LocalTime = IN_UTC) -> Iterator[str]:
    """The lines at the end of a demo that went through; for a terminal, as plain text."""
    yield f"{texts:,} texts of real people, {state.dead} unusable, {len(state.incidents)} alerts."
    worst = state.worst_incident()
    if worst is not None:
        raised = worst.raised
        yield f"The worst: {one_line(raised.name)}, severity {raised.severity} of 4, {times.stamp(raised.time)}:"
        yield f"  {numbers_of(raised)}"
        for piece in raised.evidence[:2]:
            text = one_line(piece.text)
            yield f"  {text if len(text) <= _CUT else text[: _CUT - 1] + '…'}"
    groundswell = _program()
    yield "Next:"
    yield f"  {groundswell} up                        all of it, live"
    yield f"  {groundswell} ingest rss FEED-URL       your own feed, in another terminal"
    yield f"  {groundswell} backtest YOUR-FILE.jsonl  what your history would raise"


def how_to_look(state: DemoState, broker: str) -> str:
    """While the demo runs: the command that shows its worst alert in full; empty without one."""
    worst = state.worst_incident()
    if worst is None:
        return ""
    key = f"{worst.raised.kind}:{worst.raised.entity}"
    return f"In another terminal:\n{_program()} alerts show {key} --broker {broker}"


def _program() -> str:
    """How to call our command here: by its name, or by its path where it is not on the PATH, as after `make demo`."""
    if shutil.which("groundswell"):
        return "groundswell"
    beside = Path(sys.executable).parent / "groundswell"
    here = Path.cwd()
    return (
        str(beside.relative_to(here) if beside.is_relative_to(here) else beside) if beside.exists() else "groundswell"
    )
