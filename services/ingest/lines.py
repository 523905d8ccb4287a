"""JSON Lines from a file or a pipe, taken as they come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from services.common.clock import now_ms
from services.common.jsonl import BadLine, GoodLine, read_lines
from services.ingest.intake import Intake
from services.ingest.normalise import Rules

HEARTBEAT_SECONDS = 10.0
_QUEUE = 1_000
_END = None

_Item = GoodLine | BadLine | Exception | None


def take_lines(
    path: str, intake: Intake, rules: Rules, stopping: threading.Event, progress: Callable[[], None]
) -> None:
    """Take each line of `path` until its end or until `stopping`; a pipe sends heartbeats while it is silent.

    `progress` is called once a line.

    :raises InvalidInput: when the file cannot be read to its end; the lines before were taken.
    """
    lines: queue.Queue[_Item] = queue.Queue(_QUEUE)
    threading.Thread(target=_read, args=(path, lines, stopping), name="reader", daemon=True).start()
    is_pipe = not Path(path).is_file()
    beat_due = monotonic() + HEARTBEAT_SECONDS
    while not stopping.is_set():
        if is_pipe and monotonic() >= beat_due:
            intake.beat_live(now_ms())
            beat_due = monotonic() + HEARTBEAT_SECONDS
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            continue
        if line is _END:
            intake.beat_last()
            return
        if isinstance(line, Exception):
            intake.beat_last()
            raise line
        if isinstance(line, BadLine):
            intake.take_bad_line(line, path, now_ms())
        else:
            intake.take(line.record, rules, f"{path} line {line.number}", now_ms())
        progress()


def _read(path: str, lines: queue.Queue[_Item], stopping: threading.Event) -> None:
    """Runs in a thread of its own, as reading from a silent pipe cannot be interrupted."""
    end: Exception | None = _END
    try:
        for line in read_lines(path):
            if not _put(lines, line, stopping):
                return
    except Exception as error:  # noqa: BLE001 (every error is raised again, in the thread that takes the lines)
        end = error
    _put(lines, end, stopping)


def _put(lines: queue.Queue[_Item], item: _Item, stopping: threading.Event) -> bool:
    """Whether the item was put before `stopping` was set."""
    while not stopping.is_set():
        try:
            lines.put(item, timeout=0.2)
            return True
        except queue.Full:
            continue
    return False
