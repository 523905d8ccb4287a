"""All rows, in the order in which they are run."""

from __future__ import annotations

from tests.faults.row import Row
from tests.faults.rows import at_random, broker, failures, frozen, ingest, order, workers

ROWS: dict[str, Row] = {
    row.name: row for module in (ingest, workers, failures, frozen, broker, at_random, order) for row in module.ROWS
}
