"""Records on disk that the broker has not confirmed: an append-only file and a cursor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from services.domain.errors import InvalidInput
from services.ingest.delivery.spool_line import from_line, to_line
from services.kafka.producer_record import ProducerRecord


class Spool:
    """First in, first out: `append` returns once the records are on disk, `peek` and `advance` empty it.

    A torn last line is cut off: a crash came in the middle of an append whose success nobody was told.

    :raises InvalidInput: when the file is damaged in its middle.
    :raises OSError: when it cannot be read and written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cursor_path = path.with_suffix(".cursor")
        self._writer = path.open("ab", buffering=0)
        self._cut_torn_line()
        self._position = self._read_cursor()
        self._write_cursor()
        self._size = self._count()

    def __len__(self) -> int:
        return self._size

    @property
    def path(self) -> Path:
        """The file, for messages."""
        return self._path

    def append(self, records: Sequence[ProducerRecord]) -> None:
        """Write the records to disk, all or none.

        :raises OSError: when the disk refuses.
        """
        data = memoryview(b"".join(to_line(record) for record in records))
        end = os.fstat(self._writer.fileno()).st_size
        try:
            while data:
                data = data[self._writer.write(data) :]
            os.fsync(self._writer.fileno())
        except OSError:
            self._writer.truncate(end)
            raise
        self._size += len(records)

    def peek(self, limit: int) -> list[ProducerRecord]:
        """The oldest records, at most `limit`; they stay."""
        with self._open_at(self._position) as reader:
            return [from_line(reader.readline()) for _ in range(min(limit, self._size))]

    def advance(self, count: int) -> None:
        """Forget the `count` oldest records: the broker has confirmed them."""
        with self._open_at(self._position) as reader:
            for _ in range(count):
                reader.readline()
            self._position = reader.tell()
        self._size -= count
        if self._size == 0:
            self._writer.truncate(0)
            self._position = 0
        self._write_cursor()

    def close(self) -> None:
        """Close the file; what is in it stays for the next process."""
        self._writer.close()

    def _open_at(self, position: int) -> IO[bytes]:
        """The file, opened anew: an open reader may hold what was since cut off."""
        reader = self._path.open("rb")
        reader.seek(position)
        return reader

    def _write_cursor(self) -> None:
        partial = self._cursor_path.with_suffix(".part")
        partial.write_text(str(self._position))
        partial.replace(self._cursor_path)

    def _read_cursor(self) -> int:
        """Where the confirmed records end; 0 when that is not known, as twice is better than never."""
        try:
            position = int(self._cursor_path.read_text())
        except (FileNotFoundError, ValueError):
            return 0
        return position if 0 <= position <= self._path.stat().st_size else 0

    def _cut_torn_line(self) -> None:
        end = self._path.stat().st_size
        while end > 0:
            start = max(0, end - 65_536)
            with self._open_at(start) as reader:
                newline = reader.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        self._writer.truncate(end)

    def _count(self) -> int:
        """Records after the cursor; reads them all once, so that damage is known at the start."""
        count = 0
        with self._open_at(self._position) as reader:
            for line in reader:
                count += 1
                try:
                    from_line(line)
                except msgspec.DecodeError as error:
                    raise InvalidInput(
                        f"the spool {self._path} is damaged in record {count} after byte {self._position} "
                        f"({error}); repair it or move it away, then start again"
                    ) from error
        return count
