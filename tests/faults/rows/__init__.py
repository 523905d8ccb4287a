"""All rows, in the order in which they are run."""

from __future__ import annotations

from tests.faults.row import Row
from tests.faults.rows import at_random, broker, workers

ROWS: dict[str, Row] = {row.name: row for module in (workers, broker, at_random) for row in module.ROWS}
