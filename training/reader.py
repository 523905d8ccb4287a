"""Read labelled rows from JSON Lines: a file, a ``.gz`` file, or standard input (``-``)."""

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from training.errors import DataError


@dataclass(frozen=True)
class Row:
    """One labelled text as it stands in the file; ``labels`` has one entry in a single-label set."""

    id: str
    text: str
    labels: tuple[str, ...]
    lang: str
    line: int


def read_rows(path: Path, *, multi: bool = False, name: str | None = None) -> Iterator[Row]:
    """Yield the rows of a file in order; blank lines are skipped.

    :param multi: read the list ``labels`` instead of the string ``label``.
    :param name: how errors call the file (by default its name).
    :raises DataError: when a line is no UTF-8, no JSON object, or lacks a field of the right type.
    :raises OSError: when the file cannot be read.
    """
    label = name or path.name
    with _open(path) as stream:
        for number, raw in enumerate(stream, start=1):
            if raw.strip():
                yield _row(raw, number, label, multi)


def _open(path: Path) -> IO[bytes]:
    if str(path) == "-":
        return sys.stdin.buffer
    if path.suffix == ".gz":
        return gzip.open(path, "rb")
    return path.open("rb")


def _row(raw: bytes, line: int, file: str, multi: bool) -> Row:
    try:
        record = json.loads(raw.decode("utf-8"))
    except ValueError as error:
        raise DataError(file=file, line=line, field="(line)", expected="JSON in UTF-8", got=str(error)) from error
    if not isinstance(record, dict):
        raise DataError(
            file=file, line=line, field="(line)", expected="a JSON object", got=type(record).__name__
        )

    def text_field(key: str, value: Any) -> str:
        if not isinstance(value, str):
            got = "nothing" if value is None else type(value).__name__
            raise DataError(file=file, line=line, field=key, expected="a string", got=got)
        return value

    if multi:
        labels = record.get("labels")
        if not isinstance(labels, list):
            got = "nothing" if labels is None else type(labels).__name__
            raise DataError(file=file, line=line, field="labels", expected="a list of strings", got=got)
        names = tuple(text_field("labels", value) for value in labels)
    else:
        names = (text_field("label", record.get("label")),)
    return Row(
        id=text_field("id", record.get("id")),
        text=text_field("text", record.get("text")),
        labels=names,
        lang=str(record.get("lang") or "und"),
        line=line,
    )
