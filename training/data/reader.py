"""Read labelled rows from JSON Lines: a file, a ``.gz`` file, or standard input (``-``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.common.jsonl import BadLine, read_lines
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
    :raises InvalidInput: when the file cannot be read.
    """
    file = name or path.name
    for line in read_lines(path):
        if isinstance(line, BadLine):
            got = f"{line.reason}: {line.detail}"
            raise DataError(file=file, line=line.number, field="(line)", expected="a JSON object", got=got)
        yield _row(line.record, line.number, file, multi)


def _row(record: dict[str, Any], line: int, file: str, multi: bool) -> Row:
    def string(key: str, value: Any) -> str:
        if not isinstance(value, str):
            got = "nothing" if value is None else type(value).__name__
            raise DataError(file=file, line=line, field=key, expected="a string", got=got)
        return value

    if multi:
        labels = record.get("labels")
        if not isinstance(labels, list):
            got = "nothing" if labels is None else type(labels).__name__
            raise DataError(file=file, line=line, field="labels", expected="a list of strings", got=got)
        names = tuple(string("labels", value) for value in labels)
    else:
        names = (string("label", record.get("label")),)
    return Row(
        id=string("id", record.get("id")),
        text=string("text", record.get("text")),
        labels=names,
        lang=string("lang", record.get("lang", "und")),
        line=line,
    )
