"""CSV with a header: each row as an object of texts, in whatever encoding and with whatever sign between the fields."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from services.domain.errors import InvalidInput
from services.files.jsonl import MAX_LINE_BYTES, BadLine, GoodLine
from services.text.encoding import decode

SAMPLE_BYTES = 1_000_000
"""From which the encoding is found."""
_SEPARATORS = ",\t;|"


def csv_rows(stream: IO[bytes], path: str | Path) -> Iterator[GoodLine | BadLine]:
    """Each row that is not blank, numbered by the line that it begins on; an empty field is left out.

    :raises InvalidInput: when there is no header, or the data is damaged; the rows before were yielded.
    """
    try:
        yield from _rows(stream, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InvalidInput(f"{path}: damaged gzip data: {error}") from error


def _rows(stream: IO[bytes], path: str | Path) -> Iterator[GoodLine | BadLine]:
    sample = stream.read(SAMPLE_BYTES)
    encoding = decode(sample).encoding
    whole = io.BufferedReader(_Joined(sample, stream))
    text = io.TextIOWrapper(whole, "utf-8-sig" if encoding == "utf-8" else encoding, "replace", newline="")
    csv.field_size_limit(MAX_LINE_BYTES)
    first = text.readline().lstrip("\ufeff")
    separator = max(_SEPARATORS, key=first.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
    if not any(names):
        raise InvalidInput(f"{path} line 1: expected the names of the columns, got an empty line")
    rows = csv.reader(text, delimiter=separator)
    while True:
        number = rows.line_num + 2  # behind the header
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield BadLine(number, "invalid_field", f"no row of CSV: {error}", b"")
            continue
        if row is None:
            return
        if not any(row):
            continue
        if len(row) != len(names):
            raw = separator.join(row).encode("utf-8", "replace")
            yield BadLine(number, "invalid_field", f"expected {len(names)} fields as in line 1, got {len(row)}", raw)
            continue
        yield GoodLine(number, {name: value for name, value in zip(names, row, strict=True) if name and value})


class _Joined(io.RawIOBase):
    """What was read of a stream, and then the rest of it."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # BufferedReader gives a memoryview
        """The next bytes; 0 at the end."""
        part = self._first.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
