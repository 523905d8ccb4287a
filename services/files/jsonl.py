"""JSON Lines: objects, one a line; also a JSON list, objects over several lines, and UTF-16."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from services.domain.errors import InvalidInput
from services.files.json_values import split_values
from services.files.recoded import Recoded

MAX_LINE_BYTES = 16_000_000
_PIECE_BYTES = 1_000_000
_PACKED = {
    b"\x1f\x8b": "gzip data: end its name in .gz",
    b"PK\x03\x04": "a ZIP file, such as an Excel workbook: save it as CSV",
    b"PAR1": "Parquet: end its name in .parquet",
}
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
PIPE = "-"

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


class GoodLine(NamedTuple):
    """One object and its line number, from 1."""

    number: int
    record: dict[str, Any]


class BadLine(NamedTuple):
    """A line that is no JSON object: number, reason (one of `DEAD_REASONS`), why, and its (first) bytes."""

    number: int
    reason: str
    detail: str
    raw: bytes


def parse_lines(stream: IO[bytes], path: str | Path) -> Iterator[GoodLine | BadLine]:
    """Yield each object of an open stream, as it comes and never all at once; `path` names it in errors.

    An object is a line that is not blank, or an item of a list where the stream begins with `[`; where its first line
    is `{` alone, objects may stand on several lines, and their number is that of the first.

    :raises InvalidInput: when it is packed, or no gzip file though its name says so, or cut short; the lines before it
        were yielded.
    """
    lines = _Lines(stream, path)
    number = 0
    while raw := lines.next(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1 and (packed := next((what for mark, what in _PACKED.items() if raw.startswith(mark)), None)):
            raise InvalidInput(f"{path}: expected JSON, got {packed}")
        if number == 1 and raw.startswith(_UTF16_MARKS):
            lines = _Lines(_as_utf8(raw, stream), path)
            raw = lines.next(MAX_LINE_BYTES + 1)
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if number == 1 and (raw.lstrip().startswith(b"[") or raw.strip() == b"{"):
            for place, value in split_values(chain([raw], lines.pieces()), number, MAX_LINE_BYTES, str(path)):
                yield parse_line(place, value)
            return
        if len(raw) > MAX_LINE_BYTES:
            lines.skip()
            yield BadLine(number, "too_large", f"expected at most {MAX_LINE_BYTES} bytes in a line", raw[:4096])
        elif raw.strip():
            yield parse_line(number, raw)


class _Lines:
    """Lines of a stream, or pieces of long ones."""

    def __init__(self, stream: IO[bytes], path: str | Path) -> None:
        self._stream = stream
        self._path = path
        self._number = 0

    def next(self, most: int) -> bytes:
        """The next line, at most `most` bytes of it; empty at the end."""
        try:
            raw = self._stream.readline(most)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InvalidInput(f"{self._path}: damaged gzip data after line {self._number}: {error}") from error
        self._number += 1
        return raw

    def pieces(self) -> Iterator[bytes]:
        """All that is left."""
        return iter(lambda: self.next(_PIECE_BYTES), b"")

    def skip(self) -> None:
        """Pass over the rest of a line."""
        while piece := self._stream.readline(_PIECE_BYTES):
            if piece.endswith(b"\n"):
                return


def _as_utf8(first: bytes, rest: IO[bytes]) -> IO[bytes]:
    """A stream in UTF-16, of which the `first` bytes were read, as one in UTF-8."""
    encoding = "utf-16-le" if first.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    return io.BufferedReader(Recoded(first[2:], rest, encoding))


def parse_line(number: int, raw: bytes) -> GoodLine | BadLine:
    """One line to an object, or to what is wrong with it."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return BadLine(number, "invalid_utf8", f"expected UTF-8, byte {error.start}: {error.reason}", raw)
    try:
        found = _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return BadLine(number, "invalid_json", str(error), raw)
    if not isinstance(found, dict):
        return BadLine(number, "invalid_json", f"expected a JSON object, got {type(found).__name__}", raw)
    return GoodLine(number, found)


class Writer:
    """Writes one JSON object a line."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, record: object) -> None:
        """Append one object (a dict or a msgspec struct)."""
        self._stream.write(_encoder.encode(record) + b"\n")


@contextmanager
def open_writer(path: str | Path) -> Iterator[Writer]:
    """A `Writer` to `path`; a file appears whole at the end or, after an error, not at all.

    :raises InvalidInput: when the file cannot be written.
    """
    if str(path) == PIPE:
        yield Writer(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    if target.exists() and not target.is_file():  # such as /dev/stdout or a named pipe: nothing to replace
        with target.open("wb") as device:
            yield Writer(device)
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        raw = partial.open("wb")
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror}") from error
    try:
        with raw:
            if target.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
                    yield Writer(packed)  # type: ignore[arg-type]
            else:
                yield Writer(raw)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def open_to_read(path: str | Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked, or of standard input for `-`.

    :raises InvalidInput: when the file cannot be opened.
    """
    if str(path) == PIPE:
        yield sys.stdin.buffer
        return
    try:
        stream = open(path, "rb")  # noqa: SIM115 (closed below, or by the gzip reader)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}") from error
    with stream, unpacked(stream, path) as lines:
        yield lines


@contextmanager
def unpacked(stream: IO[bytes], path: str | Path) -> Iterator[IO[bytes]]:
    """The bytes of an open file, unpacked when the name of it ends in `.gz`."""
    if not str(path).endswith(".gz"):
        yield stream
        return
    with gzip.GzipFile(fileobj=stream) as inside:
        yield inside  # type: ignore[misc]
