"""Tests share factories and harness; no test module, and no conftest, is imported by anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SHARED = ("tests.factories", "tests.harness", "tests.benchmarks", "tests.faults")


def imported(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports, with the names that it takes from them; those beside it with a dot."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def is_shared(module: str) -> bool:
    return any(f"{module}.".startswith(f"{shared}.") for shared in SHARED)


def test_test_modules_import_no_other() -> None:
    wrong = [
        f"{path.relative_to(TESTS)}: {module}"
        for path in sorted(TESTS.rglob("*.py"))
        for module in imported(path)
        if module.startswith(("tests.", ".")) and not is_shared(module)
    ]
    assert wrong == []
