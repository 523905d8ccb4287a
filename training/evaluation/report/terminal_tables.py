"""Results of an evaluation as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from training.evaluation.figures import Evaluation
from training.metrics.bootstrap import Estimate
from training.metrics.results import ALL, Result


def results_table(results: Sequence[Result], title: str) -> Table:
    """Lay results out one a line, with the majority baseline beside them.

    `out`: rows whose label has no place among the set's classes; `F1` is macro-averaged; `maj.` is the majority
    baseline. Sources are named where some are scored by themselves.
    """
    several = any(one.source != ALL for one in results)
    view = Table(title=title, box=None, padding=(0, 2, 0, 0))
    for column in ("set", "task", "lang", *(["source"] if several else [])):
        view.add_column(column, no_wrap=column != "source")
    for column in ("rows", "out", "acc.", "F1", "maj.\nacc.", "maj.\nF1"):
        view.add_column(column, justify="right")
    for one in results:
        scores = one.scores
        figures = (scores.accuracy, scores.macro_f1, scores.baseline_accuracy, scores.baseline_macro_f1)
        view.add_row(
            one.set_name,
            one.task,
            one.language,
            *([one.source] if several else []),
            str(scores.rows),
            str(one.outside),
            *(f"{figure:.3f}" for figure in figures),
        )
    return view


def interval_table(evaluation: Evaluation) -> Table:
    """Lay out the scores of each task with their intervals below, and the calibration error.

    `other F1`: micro-averaged in multi-label tasks, else that of the negative ones.
    """
    view = Table(title="with 95 % intervals of the bootstrap over texts", box=None, padding=(0, 2, 0, 0))
    for column in ("set", "task"):
        view.add_column(column, no_wrap=True)
    for column in ("accuracy", "macro-F1", "other F1", "ECE"):
        view.add_column(column, justify="right", no_wrap=True)
    for one in evaluation.tasks:
        other = one.scores.get("micro_f1", one.scores.get("negative_f1"))
        scores = [_estimate(each) for each in (one.scores["accuracy"], one.scores["macro_f1"], other)]
        view.add_row(one.set_name, one.task, *scores, f"{one.calibration_error:.3f}")
    return view


def comparison_table(evaluation: Evaluation) -> Table:
    """Lay out how each task's scores differ from those of the other bundle, intervals below, and the p-values."""
    view = Table(title=f"less {evaluation.compared_with}, same rows", box=None, padding=(0, 2, 0, 0))
    for column in ("set", "task"):
        view.add_column(column, no_wrap=True)
    for column in ("accuracy", "p", "macro-F1", "p"):
        view.add_column(column, justify="right")
    for one in evaluation.tasks:
        if one.other is not None:
            found = [one.other.differences[name] for name in ("accuracy", "macro_f1")]
            cells = [
                (f"{each.value:+.3f}\n{each.low:+.3f} to {each.high:+.3f}", f"{each.p_value:.3f}") for each in found
            ]
            view.add_row(one.set_name, one.task, *(cell for pair in cells for cell in pair))
    return view


def class_table(result: Result) -> Table:
    """Lay out precision, recall and F1 of each label of one result."""
    view = Table(title=", ".join((result.set_name, result.task, *slice_names(result))))
    view.add_column("label")
    for column in ("precision", "recall", "F1", "rows"):
        view.add_column(column, justify="right")
    for label, row in result.scores.report.items():
        if isinstance(row, dict):
            figures = (row["precision"], row["recall"], row["f1-score"])
            view.add_row(label, *(f"{figure:.3f}" for figure in figures), str(int(row["support"])))
    return view


def slice_names(result: Result) -> list[str]:
    """The language, and the source where the rows are of a single one."""
    return [name for name in (result.language, result.source) if name != ALL] or [ALL]


def _estimate(one: Estimate | None) -> str:
    return f"{one.value:.3f}\n{one.low:.3f}-{one.high:.3f}" if one is not None else ""
