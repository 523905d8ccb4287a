"""Evaluation results as a table for the terminal and as JSON for the bundle."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from training.evaluation.results import Result, mean_macro_f1


def table(results: Sequence[Result], title: str) -> Table:
    """Lay results out one a line, with the majority baseline beside them.

    ``out``: rows whose label has no place among the set's classes; ``F1`` is macro-averaged.
    """
    view = Table(title=title, box=None, padding=(0, 2, 0, 0))
    for column in ("set", "task", "lang"):
        view.add_column(column, no_wrap=True)
    for column in ("rows", "out", "acc.", "F1", "majority\nacc.", "majority\nF1"):
        view.add_column(column, justify="right")
    for one in results:
        scores = one.scores
        figures = (scores.accuracy, scores.macro_f1, scores.baseline_accuracy, scores.baseline_macro_f1)
        view.add_row(
            one.set_name,
            one.task,
            one.language,
            str(scores.rows),
            str(one.outside),
            *(f"{figure:.3f}" for figure in figures),
        )
    return view


def class_table(result: Result) -> Table:
    """Lay out precision, recall and F1 of each label of one result."""
    view = Table(title=f"{result.set_name}, {result.task}, {result.language}")
    view.add_column("label")
    for column in ("precision", "recall", "F1", "rows"):
        view.add_column(column, justify="right")
    for label, row in result.scores.report.items():
        if isinstance(row, dict):
            figures = (row["precision"], row["recall"], row["f1-score"])
            view.add_row(label, *(f"{figure:.3f}" for figure in figures), str(int(row["support"])))
    return view


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return results as plain values, with means by task and language and over all sets."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for one in results:
        groups.setdefault((one.task, one.language), []).append(one)
    return {
        "mean_macro_f1": round(mean_macro_f1(results), 4),
        "by_task_and_language": [
            {
                "task": task,
                "language": language,
                "sets": len(group),
                "mean_accuracy": round(sum(one.scores.accuracy for one in group) / len(group), 4),
                "mean_macro_f1": round(sum(one.scores.macro_f1 for one in group) / len(group), 4),
            }
            for (task, language), group in groups.items()
        ],
        "results": [_result(one) for one in results],
    }


def _result(one: Result) -> dict[str, Any]:
    scores = one.scores
    return {
        "set": one.set_name,
        "task": one.task,
        "language": one.language,
        "rows": scores.rows,
        "rows_outside_the_labels": one.outside,
        "accuracy": round(scores.accuracy, 4),
        "macro_f1": round(scores.macro_f1, 4),
        "majority_accuracy": round(scores.baseline_accuracy, 4),
        "majority_macro_f1": round(scores.baseline_macro_f1, 4),
        "report": _rounded(scores.report),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return round(float(value), 4)
