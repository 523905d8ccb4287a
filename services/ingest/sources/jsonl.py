"""JSON Lines from a file or a pipe, taken as they come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from services.clock import now_ms
from services.files.jsonl import BadLine, GoodLine, parse_lines
from services.files.records import read_records
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import IngestPipeline, Rejected
from services.ingest.sources.base import HEARTBEAT_SECONDS, Source
from services.ingest.sources.pipe import open_pipe

_QUEUE = 1_000
_WAIT_SECONDS = 0.2

_Line = GoodLine | BadLine
_Queue = queue.Queue[_Line | Exception | None]


@dataclass(frozen=True, slots=True)
class JsonlSource(Source):
    """The lines of a file, or of a pipe as they come.

    `progress` is called once a line, `refused` with number, reason and detail of one that is no usable text.

    :raises InvalidInput: from `run`, when it cannot be read to its end; the lines before were taken.
    """

    path: str
    defaults: SourceDefaults
    progress: Callable[[], None]
    refused: Callable[[int, str, str], None]

    def run(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Take each line until the end or until `stopping`; a pipe sends heartbeats meanwhile.

        A file is left at once, as it can be read again; what was read from a pipe is taken, as it cannot.
        """
        try:
            if Path(self.path).is_file():
                self._take_file(pipeline, stopping)
            else:
                self._take_pipe(pipeline, stopping)
        finally:
            if not stopping.is_set():
                pipeline.beat_last()

    def _take_file(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        for line in read_records(self.path):
            if stopping.is_set():
                return
            self._take(line, pipeline, pushed=False)

    def _take_pipe(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        beat_due = monotonic() + HEARTBEAT_SECONDS
        with _read_pipe(self.path, stopping) as lines:
            for line in lines:
                if line is not None:
                    self._take(line, pipeline, pushed=True)
                if monotonic() >= beat_due:
                    pipeline.beat_live(now_ms())
                    beat_due = monotonic() + HEARTBEAT_SECONDS

    def _take(self, line: _Line, pipeline: IngestPipeline, *, pushed: bool) -> None:
        if isinstance(line, BadLine):
            pipeline.take_bad_line(line, self.path, now_ms())
            self.refused(line.number, line.reason, line.detail)
        else:
            place = f"{self.path} line {line.number}"
            result = pipeline.take(line.record, self.defaults, place, now_ms(), pushed=pushed)
            if isinstance(result, Rejected):
                self.refused(line.number, result.reason, result.detail)
        self.progress()


@contextmanager
def _read_pipe(path: str, stopping: threading.Event) -> Iterator[Iterator[_Line | None]]:
    """The lines as they come, and None five times a second while none does.

    A thread of its own reads them, so that heartbeats go out while the pipe is silent; it has ended when this has.
    """
    lines = _Queue(_QUEUE)
    left = threading.Event()
    reader = threading.Thread(target=_fill, args=(path, lines, stopping, left), name="reader", daemon=True)
    reader.start()
    try:
        yield _until_end(lines)
    finally:
        left.set()
        reader.join(2 * _WAIT_SECONDS)


def _until_end(lines: _Queue) -> Iterator[_Line | None]:
    while True:
        try:
            line = lines.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        if isinstance(line, Exception):
            raise line
        yield line


def _fill(path: str, lines: _Queue, stopping: threading.Event, left: threading.Event) -> None:
    """Put each line, then None for the end or the error that ended it."""
    end: Exception | None = None
    try:
        with open_pipe(path, stopping) as stream:
            for line in parse_lines(stream, path):
                if not _put(lines, line, left):
                    return
    except Exception as error:  # noqa: BLE001 (raised again in the thread that takes the lines)
        end = error
    _put(lines, end, left)


def _put(lines: _Queue, item: _Line | Exception | None, left: threading.Event) -> bool:
    """Whether the item was put before nobody wanted it any more."""
    while not left.is_set():
        try:
            lines.put(item, timeout=_WAIT_SECONDS)
            return True
        except queue.Full:
            continue
    return False
