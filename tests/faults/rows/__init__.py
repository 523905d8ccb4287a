"""All rows, in the order in which they are run."""

from __future__ import annotations

from tests.faults.row import Row
from tests.faults.rows import (
    at_random,
    broker,
    control,
    failures,
    frozen,
    hostile,
    ingest,
    ingest_full,
    load,
    order,
    restore,
    soak,
    takeover,
    workers,
)

KINDS = (
    ingest,
    ingest_full,
    workers,
    takeover,
    failures,
    frozen,
    broker,
    at_random,
    order,
    hostile,
    load,
    restore,
    soak,
    control,
)
ROWS: dict[str, Row] = {row.name: row for module in KINDS for row in module.ROWS}
