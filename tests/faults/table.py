"""The table: what it was made on, a head, and one line a row."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from tests.faults.kept import Result
from tests.harness.brokers import kafka_home

COLUMNS = (
    ("row", 15),
    ("sent", 6),
    ("lost", 5),
    ("dup. before", 11),
    ("after", 5),
    ("equal", 8),
    ("late", 4),
    ("recovered", 9),
    ("holds", 7),
    ("besides", 0),
)
LEGEND = """\
lost: texts that were acknowledged and are not where they belong; duplicates before: records beyond one a text on
opinions.scored and one an event on alerts (raw records where only ingest runs), and after: alerts that are left once
copies are folded, and that the backtest does not have; equal: alerts that are those of the backtest in every figure;
late: texts too late for detection; recovered: seconds from the end of the fault until all is there."""


def head(broker: str, store: str, seed: int, commit: str) -> str:
    """What the table was made on, and the names of its columns."""
    made_on = f"{broker}; store {store}; {machine()}; seed {seed}; commit {commit}"
    rule = "|".join("-" * (max(width, len(name)) + 2) for name, width in COLUMNS)
    return f"{made_on}\n{LEGEND}\n\n{_line([name for name, _ in COLUMNS])}\n|{rule}|"


def line(result: Result) -> str:
    """One row."""
    found = result.outcome
    if found is None:
        return _line([result.row, *[""] * 7, result.status, result.why])
    equal = "" if found.equal is None else f"{found.equal[0]} of {found.equal[1]}"
    recovered = "" if found.recovered is None else f"{found.recovered:.0f} s"
    late, left = ("" if value is None else str(value) for value in (found.late, found.left))
    besides = "; ".join(filter(None, [result.why, found.notes, f"{result.seconds:.0f} s in all"]))
    figures = [str(found.sent), str(found.lost), str(found.copies), left, equal, late, recovered]
    return _line([result.row, *figures, result.status, besides])


def broker_name(given: str | None) -> str:
    """The broker and its version, as its distribution is called."""
    if given is not None:
        return f"broker {given}"
    jars = sorted((kafka_home() / "libs").glob("kafka_2*.jar"))
    version = re.sub(r"^kafka_[\d.]+-|\.jar$", "", jars[0].name) if jars else "of unknown version"
    return f"Apache Kafka {version}, one node"


def machine() -> str:
    """The processor and how many cores there are."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return f"{found[1] if found else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def _line(cells: list[str]) -> str:
    padded = [cell.ljust(width) for cell, (_, width) in zip(cells, COLUMNS, strict=True)]
    return f"| {' | '.join(padded)} |"
