"""Results of rows in a file, so that a run that was cut off goes on where it was."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Literal

import msgspec

from tests.faults.row import Outcome
from tests.harness.brokers import ROOT

FOLDER = ROOT / "var" / "faults"


class Result(msgspec.Struct, kw_only=True):
    """What became of a row; `why` says it where there is no outcome, or what is broken in it."""

    row: str
    status: Literal["ok", "FAILED", "skipped", "control"]
    outcome: Outcome | None = None
    why: str = ""
    seconds: float = 0.0
    """That the row took."""


class KeptResults:
    """Those of one `run`, which says under which circumstances: what differs in them is another run."""

    def __init__(self, run: str) -> None:
        self._path = FOLDER / f"{run}.jsonl"

    @property
    def path(self) -> Path:
        """Where they lie."""
        return self._path

    def finished(self) -> dict[str, Result]:
        """The last result of each row that has one, skipped ones left out: they are tried again."""
        if not self._path.exists():
            return {}
        results = [msgspec.json.decode(line, type=Result) for line in self._path.read_bytes().splitlines()]
        return {result.row: result for result in results if result.status != "skipped"}

    def add(self, result: Result) -> None:
        """Keep one more."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")


def commit() -> str:
    """The commit that is tested, with a mark when files differ from it."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


def is_changed() -> bool:
    """Whether files differ from the commit, so that results may be of others."""
    return commit().endswith("-dirty")
