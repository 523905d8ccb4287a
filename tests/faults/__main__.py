"""Breaks the stream in every way that we know of, and counts: python -m tests.faults, or `make faults`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from services.domain.errors import GroundswellError
from services.kafka.broker import Broker
from services.kafka.reach import reach
from tests.faults.kept import FOLDER, KeptResults, Result, commit, is_changed
from tests.faults.row import Row
from tests.faults.rows import ROWS
from tests.faults.run_row import FAILURE, RESULT, Task
from tests.faults.table import broker_name, head, line
from tests.harness.brokers import ROOT, why_no_kafka

EXAMPLES = """\
examples:
  make faults                                    all rows on the Apache Kafka in KAFKA_HOME, some hours
  python -m tests.faults --quick                 all in their short form
  python -m tests.faults killed random-1 --seed 7
  python -m tests.faults --broker 10.0.0.5:9092  on a broker of yours, with topics of its own that are deleted again

A run that was cut off goes on with the same command: rows that are finished at this commit are not run again unless
with --again, or when files have changed since.
The exit status is 1 when a row failed."""


def main(arguments: Sequence[str]) -> int:
    """Run the rows that are asked for; the exit status."""
    asked = _parser().parse_args(arguments)
    if asked.list:
        print("\n".join(f"{row.name:<16} {row.does}" for row in ROWS.values()))
        return 0
    if why := _why_not(asked.broker):
        sys.exit(f"faults: {why}")
    kept = KeptResults(_name_of_run(asked))
    known = {} if asked.again or is_changed() else kept.finished()
    print(head(broker_name(asked.broker), asked.store, asked.seed, commit()), flush=True)
    failed = False
    for row in [ROWS[name] for name in asked.rows] or ROWS.values():
        result = known.get(row.name)
        if result is None:
            print(f"  {row.name}: {row.does}", file=sys.stderr, flush=True)
            result = _run(row, asked)
            kept.add(result)
        print(line(result), flush=True)
        failed = failed or result.status == "FAILED"
    print(f"\nkept in {kept.path.relative_to(ROOT)}", file=sys.stderr)
    return int(failed)


def _run(row: Row, asked: argparse.Namespace) -> Result:
    """Run one row in a process of its own."""
    if asked.broker is not None and row.needs_own_broker:
        return Result(row=row.name, status="skipped", why="it ends the broker, and this one is not ours")
    folder = FOLDER / "rows" / row.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    task = Task(
        row=row.name, folder=str(folder), broker=asked.broker, seed=asked.seed, quick=asked.quick, store=asked.store,
        soak_minutes=asked.soak_minutes,
    )  # fmt: skip
    command = [sys.executable, "-m", "tests.faults.run_row", msgspec.json.encode(task).decode()]
    prefix = "" if asked.broker is None else f"faults-{os.getpid()}-{row.name}."
    limit = row.limit_seconds + 60 * (asked.soak_minutes if row.name == "soak" else 0)
    try:
        subprocess.run(
            command, cwd=ROOT, env=os.environ | {"GROUNDSWELL_TOPIC_PREFIX": prefix}, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return Result(row=row.name, status="FAILED", why=f"it did not end within {limit:.0f} s", seconds=limit)
    return _result(row, folder)


def _result(row: Row, folder: Path) -> Result:
    """What a row has left; its folder is kept when it failed."""
    path = folder / RESULT
    if not path.exists():
        return Result(row=row.name, status="FAILED", why=f"its process ended without a word; see {folder}")
    result = msgspec.json.decode(path.read_bytes(), type=Result)
    if result.status == "FAILED":
        failure = folder / FAILURE
        print(failure.read_text() if failure.exists() else result.why, file=sys.stderr, flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _why_not(broker: str | None) -> str:
    """Why nothing can be run; empty when it can."""
    if broker is None:
        return why_no_kafka()
    try:
        reach(Broker(broker))
    except GroundswellError as error:
        return str(error)
    return ""


def _name_of_run(asked: argparse.Namespace) -> str:
    parts = [commit(), f"seed-{asked.seed}", asked.store, "quick" if asked.quick else ""]
    return "-".join(filter(None, [*parts, (asked.broker or "").replace(":", "-").replace(",", "-")]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[[], *ROWS], help="only these rows (see --list)")
    parser.add_argument("--seed", type=int, default=1, help="of texts and of the moments of faults (default 1)")
    parser.add_argument("--quick", action="store_true", help="the short form of each row")
    parser.add_argument("--broker", metavar="ADDRESS", help="of a broker without a login; rows that end it are skipped")
    parser.add_argument(
        "--store", choices=("memory", "rocksdb"), default="memory", help="where monitoring keeps its table"
    )
    parser.add_argument("--soak-minutes", type=float, default=60.0, help="of the row soak (default 60)")
    parser.add_argument("--again", action="store_true", help="run rows that are finished once more")
    parser.add_argument("--list", action="store_true", help="say which rows there are")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nfaults: cut off; the same command goes on with the rows that are left")
