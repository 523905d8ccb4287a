"""Records of a data set, one a text, from JSON Lines or CSV."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.domain.errors import InvalidInput
from services.files.jsonl import BadLine
from services.files.records import read_records
from services.text.untrusted import masked
from training.errors import ConfigError, DataError

Numbered = tuple[int, dict[str, Any]]
"""Line number (from 1; a CSV file's heading is line 1) and fields."""
SEPARATOR = "|"
"""Between the labels in the column `labels` of a CSV file."""


def file_records(path: Path, file: str) -> Iterator[Numbered]:
    """Yield the records of a `.csv` or `.csv.gz` file, and of any other file as JSON Lines.

    A CSV file (UTF-8) has a heading with `text` and `label` or `labels` (separated by `|`), and where known
    `id` and `lang`. A row without an id gets the file's stem and the line number. `file` names it in errors.

    :raises DataError: when a line is no UTF-8 or no record.
    :raises InvalidInput: when the file cannot be read.
    """
    if path.name.endswith((".csv", ".csv.gz")):
        yield from _csv_records(path, file)
        return
    for line in read_records(path):
        if isinstance(line, BadLine):
            got = f"{line.reason}: {line.detail}"
            raise DataError(file=file, line=line.number, field="(line)", expected="a JSON object", got=got)
        yield line.number, {"id": f"{path.name.partition('.jsonl')[0]}-{line.number}", **line.record}


def require_string(value: Any, *, file: str, line: int, field: str) -> str:
    """The value of a field of a record.

    :raises DataError: when it is missing or no string.
    """
    if not isinstance(value, str):
        got = "nothing" if value is None else type(value).__name__
        raise DataError(file=file, line=line, field=field, expected="a string", got=got)
    return value


def field_values(path: Path, name: str, *, optional: bool = False) -> list[str]:
    """A field of all rows of a file; where it is optional, a row may lack it (""), but not all of them.

    :raises DataError: when a row lacks the field, or it is no string.
    :raises ConfigError: when no row has an optional field.
    :raises InvalidInput: when the file cannot be read.
    """
    values: list[str] = []
    for line, record in file_records(path, path.name):
        value = record.get(name)
        absent = optional and value is None
        values.append("" if absent else require_string(value, file=path.name, line=line, field=name))
    if optional and not any(values):
        raise ConfigError(f"{path.name}: expected rows with a field {name}, got none")
    return values


def _csv_records(path: Path, file: str) -> Iterator[Numbered]:
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(file=file, line=line, field="(line)", expected="UTF-8", got=error.reason) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    stem = path.name.partition(".csv")[0]
    try:
        columns = list(reader.fieldnames or [])
        if "text" not in columns:
            got = masked(", ".join(columns))
            raise DataError(file=file, line=1, field="(heading)", expected="a column text", got=got)
        for fields in reader:
            if None in fields or None in fields.values():
                line = reader.line_num
                expected = f"{len(columns)} columns"
                raise DataError(file=file, line=line, field="(line)", expected=expected, got="more or fewer")
            line = reader.line_num - sum(value.count("\n") for value in fields.values())
            yield line, _with_defaults(fields, f"{stem}-{line}")
    except csv.Error as error:
        line = reader.reader.line_num  # the outer reader counts a line only once it has been read
        raise DataError(file=file, line=line, field="(line)", expected="CSV", got=str(error)) from error


def _with_defaults(fields: dict[str, str], row_id: str) -> dict[str, Any]:
    record: dict[str, Any] = {name: value for name, value in fields.items() if value or name == "text"}
    record.setdefault("id", row_id)
    if "labels" in fields:
        record["labels"] = [label.strip() for label in fields["labels"].split(SEPARATOR) if label.strip()]
    return record
