"""An evaluation as one Markdown page with its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.evaluation.figures import Evaluation, TaskReport
from training.evaluation.report.markdown_tables import (
    baselines_table,
    comparison_table,
    goals_table,
    markdown_table,
    scores_table,
)
from training.evaluation.report.seen_lines import seen_lines
from training.metrics.bootstrap import RESAMPLES
from training.metrics.results import ALL, Result

Pictures = Mapping[tuple[str, str], Sequence[str]]
"""Paths of the pictures, relative to the page, by set and task."""


def markdown_page(evaluation: Evaluation, results: Sequence[Result], pictures: Pictures) -> str:
    """Return the page: all tasks in tables first, then each with its classes and pictures."""
    tasks = evaluation.tasks
    parts = [
        f"# {evaluation.model} on {evaluation.measured_on}",
        "Sentiment is read in each set's own convention where the model has it, in the set's own labels. In brackets "
        f"are 95 % intervals of the bootstrap over texts ({RESAMPLES:,} resamples). F1 is macro-averaged unless it "
        "says otherwise; in a multi-label set, accuracy asks for exactly the right labels. ECE is the expected "
        "calibration error in 15 bins; the general reading, as it is served, is accuracy / macro-F1.",
        scores_table(tasks),
        "  \n".join(seen_lines(evaluation)),
        "## Beside baselines",
        "Accuracy / macro-F1. Majority: always the most frequent label. A lexicon counts words of good and bad tone; "
        "an entity gets the tone of its text.",
        *[f"Left out, since the file is not under the data root: {name}." for name in evaluation.missing],
        baselines_table(tasks),
    ]
    if evaluation.compared_with is not None:
        parts += [
            f"## Beside {evaluation.compared_with}",
            "On the same rows; p of the paired bootstrap, two-sided (Berg-Kirkpatrick et al. 2012).",
            comparison_table(tasks, evaluation.compared_with),
        ]
    parts += ["## Goals, and what larger models publish", goals_table(tasks)]
    for task in tasks:
        parts += _section(task, [one for one in results if _key(one) == (task.set_name, task.task)], pictures)
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(task: TaskReport, results: Sequence[Result], pictures: Pictures) -> list[str]:
    parts = [f"## {task.set_name}, {task.task}"]
    if len(results) > 1:
        parts.append(_slices(results))
    parts.append(_classes(results[0]))
    return [*parts, "\n".join(f"![{path}]({path})" for path in pictures.get((task.set_name, task.task), ()))]


def _slices(results: Sequence[Result]) -> str:
    return markdown_table(
        ("language", "source", "rows", "accuracy", "macro-F1", "majority accuracy / F1"),
        (
            (
                *(one.language, one.source.replace("\n", " ") or ALL, f"{one.scores.rows:,}"),
                *(f"{one.scores.accuracy:.3f}", f"{one.scores.macro_f1:.3f}"),
                f"{one.scores.baseline_accuracy:.3f} / {one.scores.baseline_macro_f1:.3f}",
            )
            for one in results
        ),
    )


def _classes(result: Result) -> str:
    rows = [(label, row) for label, row in result.scores.report.items() if isinstance(row, dict)]
    return markdown_table(
        ("label", "precision", "recall", "F1", "rows"),
        (
            (label, *(f"{row[name]:.3f}" for name in ("precision", "recall", "f1-score")), f"{row['support']:,.0f}")
            for label, row in rows
        ),
        left=1,
    )


def _key(result: Result) -> tuple[str, str]:
    return result.set_name, result.task
