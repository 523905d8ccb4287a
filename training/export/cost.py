"""What each step from the torch model to the published graph costs, in macro-F1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.errors import ExportError

MOST_POINTS = 0.5
"""Points of mean macro-F1 that a step, and all steps together, may cost."""


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
        """Plain values, as ``metrics.json`` holds them."""
        before, after = round(self.macro_f1_before, 5), round(self.macro_f1_after, 5)
        return {
            "step": self.step,
            "macro_f1_before": before,
            "macro_f1_after": after,
            "points": round(self.points, 3),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Cost":
        """Read what ``as_json`` gave."""
        return cls(str(values["step"]), float(values["macro_f1_before"]), float(values["macro_f1_after"]))


def costs_of(start: float, steps: Sequence[tuple[str, float]]) -> list[Cost]:
    """Costs of steps done one after the other, each given with the score after it."""
    befores = [start, *(after for _, after in steps[:-1])]
    return [Cost(step, before, after) for (step, after), before in zip(steps, befores, strict=True)]


def require_cheap(costs: Sequence[Cost]) -> None:
    """Refuse steps of which one, or which together, cost more than half a point.

    :raises ExportError: naming the step, its cost and the limit.
    """
    dear = [(cost.step, cost.points) for cost in costs]
    dear.append((" and ".join(cost.step for cost in costs), sum(cost.points for cost in costs)))
    for step, points in dear:
        if points > MOST_POINTS:
            raise ExportError(
                f"exported graph: {step} costs {points:.2f} points of macro-F1, the limit is {MOST_POINTS:.2f}"
            )
