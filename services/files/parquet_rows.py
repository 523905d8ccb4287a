"""Parquet: each row as an object, in batches, so that the file is never in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from services.domain.errors import InvalidInput
from services.files.jsonl import GoodLine

BATCH_ROWS = 1_024


def parquet_rows(path: str | Path) -> Iterator[GoodLine]:
    """Each row, numbered from 1; dates are written as ISO 8601, and a field without a value is left out.

    :raises InvalidInput: when pyarrow is not installed, or the file is no Parquet.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InvalidInput(f"{path}: reading Parquet wants pyarrow: pip install 'groundswell[parquet]'") from error
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield GoodLine(number, {name: _plain(value) for name, value in row.items() if value is not None})
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidInput(f"{path}: cannot be read as Parquet after row {number}: {error}") from error


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
