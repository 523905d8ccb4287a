"""JSON Lines for every command that reads or writes files: a path, `-` for the pipe, `.gz` for compressed."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from services.domain.errors import InvalidInput

MAX_LINE_BYTES = 16_000_000
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


def read_lines(path: str | Path) -> Iterator[GoodLine | BadLine]:
    """Yield each line that is not blank, as it comes; never the whole file at once.

    :raises InvalidInput: when the file cannot be opened, or as `parse_lines` does.
    """
    with _open_to_read(path) as stream:
        yield from parse_lines(stream, path)


def parse_lines(stream: IO[bytes], path: str | Path) -> Iterator[GoodLine | BadLine]:
    """Yield each line of an open stream that is not blank, as it comes; `path` names it in errors.

    :raises InvalidInput: when it is no gzip file or is cut short (the lines before it were yielded).
    """
    number = 0
    while True:
        try:
            raw = stream.readline(MAX_LINE_BYTES + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InvalidInput(f"{path}: damaged gzip data after line {number}: {error}") from error
        if not raw:
            return
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            _skip_rest_of_line(stream)
            yield BadLine(number, "too_large", f"expected at most {MAX_LINE_BYTES} bytes in a line", raw[:4096])
            continue
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if raw.strip():
            yield parse_line(number, raw)


def parse_line(number: int, raw: bytes) -> GoodLine | BadLine:
    """One line to an object, or to what is wrong with it."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return BadLine(number, "invalid_utf8", f"byte {error.start}: {error.reason}", raw)
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
def _open_to_read(path: str | Path) -> Iterator[IO[bytes]]:
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


def _skip_rest_of_line(stream: IO[bytes]) -> None:
    while piece := stream.readline(1_000_000):
        if piece.endswith(b"\n"):
            return
