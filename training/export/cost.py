"""What each step from the torch model to the published graph costs, in macro-F1."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from services.inference.bundle import METRICS
from training.errors import CheckpointError, ExportError
from training.learning.checkpoint import write_atomically

COSTS = "cost.json"
"""In a checkpoint's folder: the steps that were taken before export, in the form of `Cost.as_json`."""

MOST_POINTS = 0.5
"""Points of mean macro-F1 that a step, and all steps together, may cost."""
DISTILLATION = "distillation"
"""The step that may cost more: a student is a smaller model, not another form of the same."""


@dataclass(frozen=True)
class Cost:
    """Mean macro-F1 over the development sets before and after a step, with the same thresholds."""

    step: str
    macro_f1_before: float
    macro_f1_after: float

    @property
    def points(self) -> float:
        """What was lost, in points (hundredths); negative when something was won."""
        return 100.0 * (self.macro_f1_before - self.macro_f1_after)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as `metrics.json` holds them."""
        before, after = round(self.macro_f1_before, 5), round(self.macro_f1_after, 5)
        return {
            "step": self.step,
            "macro_f1_before": before,
            "macro_f1_after": after,
            "points": round(self.points, 3),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Cost:
        """Read what `as_json` gave."""
        return cls(str(values["step"]), float(values["macro_f1_before"]), float(values["macro_f1_after"]))


def costs_of(start: float, steps: Sequence[tuple[str, float]]) -> list[Cost]:
    """Costs of steps done one after the other, each given with the score after it."""
    befores = [start, *(after for _, after in steps[:-1])]
    return [Cost(step, before, after) for (step, after), before in zip(steps, befores, strict=True)]


def chance(texts: int) -> float:
    """The share of so many texts that may come out otherwise by chance: two of them, at most a fifth."""
    return 2 / max(texts, 10)


def require_cheap(costs: Sequence[Cost], texts: int | None = None) -> None:
    """Refuse steps of which one, or which together, cost more than half a point; distillation is only reported.

    Where they were measured on few `texts`, they may cost what `chance` says.

    :raises ExportError: naming the step, its cost and the limit.
    """
    limit = MOST_POINTS if texts is None else max(MOST_POINTS, 100.0 * chance(texts))
    limited = [(cost.step, cost.points) for cost in costs if cost.step != DISTILLATION]
    together = (" and ".join(step for step, _ in limited), sum(points for _, points in limited))
    for step, points in (*limited, together):
        if points > limit:
            raise ExportError(f"{step} costs {points:.2f} points of macro-F1, the limit is {limit:.2f}")


def write_costs(folder: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write the steps that led to a checkpoint, the latest last; an entry may say more than `Cost.as_json` does."""
    content = json.dumps(list(entries), indent=1, ensure_ascii=False)
    write_atomically(folder / COSTS, f"{content}\n".encode())


def read_costs(folder: Path) -> list[dict[str, Any]]:
    """Read what `write_costs` wrote; nothing where no step was taken.

    :raises CheckpointError: when the file is broken.
    """
    path = folder / COSTS
    if not path.is_file():
        return []
    try:
        entries = [dict(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
        for entry in entries:
            Cost.from_json(entry)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{COSTS} in {folder.name}: {type(error).__name__}: {error}") from error
    return entries


def find_costs(folder: Path) -> list[dict[str, Any]]:
    """All steps to what lies in a folder: those that a bundle's `metrics.json` has, or those of a checkpoint.

    :raises CheckpointError: when a checkpoint's file is broken.
    """
    metrics = folder / METRICS
    if metrics.is_file():
        return list(json.loads(metrics.read_text(encoding="utf-8"))["cost"])
    return read_costs(folder)


def cost_table(entries: Sequence[Mapping[str, Any]]) -> Table:
    """One line a step, for the terminal."""
    view = Table(title="what each step cost, mean macro-F1", box=None, padding=(0, 2, 0, 0))
    view.add_column("step", no_wrap=True)
    for column in ("before", "after", "points lost"):
        view.add_column(column, justify="right")
    for cost in map(Cost.from_json, entries):
        view.add_row(cost.step, f"{cost.macro_f1_before:.4f}", f"{cost.macro_f1_after:.4f}", f"{cost.points:+.2f}")
    return view
