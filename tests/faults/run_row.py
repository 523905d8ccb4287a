"""One row in a process of its own, with topics of its own by their prefix: python -m tests.faults.run_row JSON.

`__main__` starts it; what became of the row is left in `result.json` of the row's folder.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from time import monotonic

import msgspec

from tests.faults.kept import Result
from tests.faults.row import Outcome, Row, Skipped
from tests.faults.rows import ROWS
from tests.faults.world import world

RESULT = "result.json"
FAILURE = "failure.txt"
LOG = "row.log"


class Task(msgspec.Struct, kw_only=True):
    """What to run, and where."""

    row: str
    folder: str
    broker: str | None
    seed: int
    quick: bool
    store: str
    soak_minutes: float


def run(task: Task) -> Result:
    """What became of the row; nothing is raised."""
    row, folder = ROWS[task.row], Path(task.folder)
    logging.basicConfig(filename=folder / LOG, format="%(asctime)s %(name)s: %(message)s")
    begun = monotonic()
    try:
        with world(
            folder, task.broker, task.seed, quick=task.quick, store=task.store, soak_minutes=task.soak_minutes
        ) as place:
            result = _judged(row, row.run(place))
    except Skipped as reason:
        result = Result(row=row.name, status="skipped", why=str(reason))
    except Exception as error:  # noqa: BLE001 - a row that fails must not end the others
        (folder / FAILURE).write_text(traceback.format_exc())
        why = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''} (see {folder / FAILURE})"
        result = Result(row=row.name, status="FAILED", why=why)
    result.seconds = monotonic() - begun
    return result


def _judged(row: Row, outcome: Outcome) -> Result:
    if row.is_control:
        return Result(row=row.name, status="control", outcome=outcome)
    status, why = ("FAILED", ", ".join(outcome.broken)) if outcome.broken else ("ok", "")
    return Result(row=row.name, status=status, outcome=outcome, why=why)  # type: ignore[arg-type]


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.argv[1], type=Task)
    (Path(asked.folder) / RESULT).write_bytes(msgspec.json.encode(run(asked)))
