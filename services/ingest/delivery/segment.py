"""One file of the spool: how far the broker has confirmed it, then records, one a line."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.domain.errors import InvalidInput
from services.ingest.delivery.spool_line import from_line, to_line
from services.kafka.producer_record import ProducerRecord

_HEADER = re.compile(rb'\{"confirmed": *(\d+)\}\n')
HEADER_BYTES = len('{"confirmed":}\n') + 20
_PIECE = 1_000_000


class Segment:
    """Records are appended at its end and confirmed from its start; a torn last line is cut off, as a crash came in
    the middle of an append whose success nobody was told.

    The header has a fixed width and is written in place: to confirm needs no space on a full disk. Where it cannot be
    true, all records count as unconfirmed, as twice is better than never. Files of before have no header; theirs stands
    in a file `.cursor` beside them, which is read and never written.

    :raises InvalidInput: when a record that is not confirmed is damaged.
    :raises OSError: when the file cannot be read and written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        os.fchmod(self._descriptor, 0o600)
        self._old_cursor = path.with_suffix(".cursor")
        size = os.fstat(self._descriptor).st_size
        header = _HEADER.fullmatch(os.pread(self._descriptor, HEADER_BYTES, 0))
        self._has_header = header is not None
        first = HEADER_BYTES if header else 0
        found = int(header[1]) if header else self._read_old_cursor()
        self._confirmed = found if first <= found <= size else first
        self.end = self._cut_torn_line(size, first)
        self._ends: list[int] = []  # of the records of the last `peek`
        self.waiting = self._count()
        """Records that are not confirmed."""
        self._lock = threading.Lock()  # of `waiting`: one thread appends, another confirms

    @staticmethod
    def create(path: Path) -> Segment:
        """A new segment, itself and its name safe on disk.

        :raises OSError: when the disk refuses; no file is left behind.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _write_all(descriptor, _header(HEADER_BYTES), 0)
            os.fsync(descriptor)
        except OSError:
            path.unlink()
            raise
        finally:
            os.close(descriptor)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return Segment(path)

    def append(self, data: bytes, records: int) -> None:
        """Write whole lines to disk, all or none.

        :raises OSError: when the disk refuses.
        """
        try:
            _write_all(self._descriptor, data, self.end)
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.end)
            raise
        with self._lock:
            self.end += len(data)
            self.waiting += records

    def peek(self, most: int) -> list[ProducerRecord]:
        """The oldest records that are not confirmed, `most` and about a megabyte at most, but one at least."""
        lines = self._lines(self._confirmed)
        self._ends = []
        position = self._confirmed
        for line in lines[:most]:
            position += len(line)
            self._ends.append(position)
        return [from_line(line) for line in lines[:most]]

    def confirm(self, count: int) -> None:
        """The broker has the first `count` records of the last `peek`.

        :raises OSError: when the disk refuses to say so; the records are then sent again after a restart.
        """
        if count == 0:
            return
        self._confirmed = self._ends[count - 1]
        self._ends = []
        with self._lock:
            self.waiting -= count
        if self._has_header:
            _write_all(self._descriptor, _header(self._confirmed), 0)

    def close(self) -> None:
        """Close the file; what is in it stays for the next process."""
        os.close(self._descriptor)

    def delete(self) -> None:
        """Close and remove the file: all of it is confirmed."""
        self.close()
        self.path.unlink(missing_ok=True)
        if not self._has_header:
            self._old_cursor.unlink(missing_ok=True)

    def _lines(self, position: int) -> list[bytes]:
        """The whole lines from `position` on, about a megabyte of them, but one at least where there is one."""
        size = _PIECE
        while True:
            piece = os.pread(self._descriptor, min(size, self.end - position), position)
            whole = piece[: piece.rfind(b"\n") + 1]
            if whole or len(piece) < size:
                return [line + b"\n" for line in whole.split(b"\n")[:-1]]
            size *= 2

    def _read_old_cursor(self) -> int:
        try:
            return int(self._old_cursor.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _cut_torn_line(self, size: int, first: int) -> int:
        """Where the last whole line ends."""
        end = size
        while end > first:
            start = max(first, end - 65_536)
            newline = os.pread(self._descriptor, end - start, start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        os.ftruncate(self._descriptor, end)
        return end

    def _count(self) -> int:
        """Records after the cursor; reads them all once, so that damage is known at the start."""
        count, position = 0, self._confirmed
        while lines := self._lines(position):
            for line in lines:
                count += 1
                position += len(line)
                try:
                    from_line(line)
                except msgspec.DecodeError as error:
                    raise InvalidInput(
                        f"the spool {self.path} is damaged in record {count} after byte {self._confirmed} "
                        f"({error}); repair it or move it away, then start again"
                    ) from error
        return count


def lines_of(records: Sequence[ProducerRecord]) -> bytes:
    """Records as `append` takes them."""
    return b"".join(map(to_line, records))


def _header(confirmed: int) -> bytes:
    return b'{"confirmed":%20d}\n' % confirmed


def _write_all(descriptor: int, data: bytes, position: int) -> None:
    left = memoryview(data)
    while left:
        written = os.pwrite(descriptor, left, position)
        left, position = left[written:], position + written
