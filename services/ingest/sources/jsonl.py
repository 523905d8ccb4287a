"""JSON Lines from a file or a pipe, taken as they come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from services.clock import now_ms
from services.files.jsonl import BadLine, GoodLine, read_lines
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import IngestPipeline
from services.ingest.sources.base import HEARTBEAT_SECONDS, Source

_QUEUE = 1_000

_Line = GoodLine | BadLine


@dataclass(frozen=True, slots=True)
class JsonlSource(Source):
    """The lines of a file, or of a pipe as they come; `progress` is called once a line.

    :raises InvalidInput: from `run`, when it cannot be read to its end; the lines before were taken.
    """

    path: str
    defaults: SourceDefaults
    progress: Callable[[], None]

    def run(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Take each line until the end or until `stopping`; a pipe sends heartbeats meanwhile."""
        is_file = Path(self.path).is_file()
        beat_due = monotonic() + HEARTBEAT_SECONDS
        try:
            for line in read_lines(self.path) if is_file else _read_pipe(self.path, stopping):
                if stopping.is_set():
                    return
                if isinstance(line, BadLine):
                    pipeline.take_bad_line(line, self.path, now_ms())
                elif line is not None:
                    pipeline.take(line.record, self.defaults, f"{self.path} line {line.number}", now_ms())
                if line is not None:
                    self.progress()
                if not is_file and monotonic() >= beat_due:
                    pipeline.beat_live(now_ms())
                    beat_due = monotonic() + HEARTBEAT_SECONDS
        finally:
            if not stopping.is_set():
                pipeline.beat_last()


def _read_pipe(path: str, stopping: threading.Event) -> Iterator[_Line | None]:
    """The lines as they come, and None five times a second while none does.

    A thread of its own reads them, as reading from a silent pipe cannot be interrupted.
    """
    lines: queue.Queue[_Line | Exception | None] = queue.Queue(_QUEUE)
    threading.Thread(target=_fill, args=(path, lines, stopping), name="reader", daemon=True).start()
    while not stopping.is_set():
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        if isinstance(line, Exception):
            raise line
        yield line


def _fill(path: str, lines: queue.Queue[_Line | Exception | None], stopping: threading.Event) -> None:
    """Put each line, then None for the end or the error that ended it."""
    end: Exception | None = None
    try:
        for line in read_lines(path):
            if not _put(lines, line, stopping):
                return
    except Exception as error:  # noqa: BLE001 (raised again in the thread that takes the lines)
        end = error
    _put(lines, end, stopping)


def _put(
    lines: queue.Queue[_Line | Exception | None], item: _Line | Exception | None, stopping: threading.Event
) -> bool:
    """Whether the item was put before `stopping` was set."""
    while not stopping.is_set():
        try:
            lines.put(item, timeout=0.2)
            return True
        except queue.Full:
            continue
    return False
