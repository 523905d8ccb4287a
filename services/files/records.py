"""The records of a file of texts, whatever its format: for every command that reads one.

`.csv`, `.tsv` and `.parquet` are told by their names, all else is JSON; `-` is the pipe, which brings JSON; `.gz` is
unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from services.files.csv_rows import csv_rows
from services.files.jsonl import BadLine, GoodLine, open_to_read, parse_lines
from services.files.parquet_rows import parquet_rows

FORMATS = "JSON Lines or a JSON list, CSV or Parquet; - reads JSON from a pipe, .gz is unpacked"
_SUFFIXES = (".gz", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")


def read_records(path: str | Path) -> Iterator[GoodLine | BadLine]:
    """Yield each record as it comes, never the whole file at once.

    :raises InvalidInput: when the file cannot be read, or not to its end.
    """
    name = str(path).lower()
    if name.endswith(".parquet"):
        yield from parquet_rows(path)
        return
    with open_to_read(path) as stream:
        if name.removesuffix(".gz").endswith((".csv", ".tsv")):
            yield from csv_rows(stream, path)
        else:
            yield from parse_lines(stream, path)


def stem(path: str) -> str:
    """The name of a file without its folder and what tells its format."""
    name = Path(path).name
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name
