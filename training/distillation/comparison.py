"""What distillation cost: the scores of teacher and student beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from training.export.cost import DISTILLATION, Cost
from training.metrics.results import Result, mean_macro_f1


@dataclass(frozen=True)
class SetCost:
    """Scores of one task on the rows of one set in one language; `points` of macro-F1 are lost (hundredths)."""

    set: str
    task: str
    language: str
    rows: int
    teacher_accuracy: float
    student_accuracy: float
    teacher_macro_f1: float
    student_macro_f1: float
    points: float


@dataclass(frozen=True)
class Comparison:
    """Costs by set, and the mean macro-F1 over the sets."""

    teacher: str
    sets: tuple[SetCost, ...]
    cost: Cost

    def as_json(self) -> dict[str, Any]:
        """Plain values: a step of `cost.json` that names its teacher and the sets."""
        return {**self.cost.as_json(), "teacher": self.teacher, "sets": [asdict(one) for one in self.sets]}

    def table(self, title: str) -> Table:
        """One line a set and task, for the terminal."""
        view = Table(title=title, box=None, padding=(0, 2, 0, 0))
        for column in ("set", "task", "lang"):
            view.add_column(column, no_wrap=True)
        for column in ("rows", "teacher\nacc.", "student\nacc.", "teacher\nF1", "student\nF1", "points\nlost"):
            view.add_column(column, justify="right")
        for one in self.sets:
            figures = (one.teacher_accuracy, one.student_accuracy, one.teacher_macro_f1, one.student_macro_f1)
            shown = [str(one.rows), *(f"{figure:.3f}" for figure in figures), f"{one.points:+.2f}"]
            view.add_row(one.set, one.task, one.language, *shown)
        return view


def compare_scores(name: str, teacher: Sequence[Result], student: Sequence[Result]) -> Comparison:
    """Compare scores of the same rows with those of the teacher `name`.

    :raises ValueError: when there are not equally many.
    """
    sets = tuple(
        SetCost(
            set=one.set_name,
            task=one.task,
            language=one.language,
            rows=one.scores.rows,
            teacher_accuracy=round(one.scores.accuracy, 4),
            student_accuracy=round(other.scores.accuracy, 4),
            teacher_macro_f1=round(one.scores.macro_f1, 4),
            student_macro_f1=round(other.scores.macro_f1, 4),
            points=round(100 * (one.scores.macro_f1 - other.scores.macro_f1), 2),
        )
        for one, other in zip(teacher, student, strict=True)
    )
    return Comparison(name, sets, Cost(DISTILLATION, mean_macro_f1(teacher), mean_macro_f1(student)))
