"""Evaluation results as a table for the terminal and as JSON for the bundle."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from training.evaluation.measure import Evaluation
from training.metrics.bootstrap import Estimate
from training.metrics.counts import NEGATIVE
from training.metrics.results import ALL, Result, mean_macro_f1


def table(results: Sequence[Result], title: str) -> Table:
    """Lay results out one a line, with the majority baseline beside them.

    ``out``: rows whose label has no place among the set's classes; ``F1`` is macro-averaged; ``maj.`` is the majority
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

    ``other F1``: micro-averaged in multi-label tasks, else that of the negative ones.
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


def seen_lines(evaluation: Evaluation) -> list[str]:
    """Say, a line each, how many rows the model was trained on, and the scores of each task without them."""
    seen = evaluation.seen
    if seen is None:
        return []
    if not seen.checked:
        return [f"{evaluation.model} has no list of its training texts: whether it has seen these cannot be checked"]
    if not seen.rows:
        return ["none of the rows is among the texts that the model was trained on"]
    rows = "1 row is" if seen.rows == 1 else f"{seen.rows} rows are"
    counts = f"{rows} among the texts that the model was trained on ({seen.exact} to the letter"
    return [f"{counts}, the others but for links, digits, case and punctuation); without them:"] + [
        f"{one.set_name}, {one.task}, {one.language}: {one.rows} rows, accuracy {one.accuracy:.3f}, "
        f"macro-F1 {one.macro_f1:.3f}"
        for one in seen.without
    ]


def _estimate(one: Estimate | None) -> str:
    return f"{one.value:.3f}\n{one.low:.3f}-{one.high:.3f}" if one is not None else ""


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


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return results as plain values, with means by task and language and over all sets."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for one in results:
        if one.source == ALL:
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
    more = {"micro_f1": scores.micro_f1, "majority_micro_f1": scores.baseline_micro_f1}
    if NEGATIVE in scores.report:
        more["negative_f1"] = scores.report[NEGATIVE]["f1-score"]
    return {
        "set": one.set_name,
        "task": one.task,
        "language": one.language,
        "source": one.source,
        "rows": scores.rows,
        "rows_outside_the_labels": one.outside,
        "accuracy": round(scores.accuracy, 4),
        "macro_f1": round(scores.macro_f1, 4),
        "majority_accuracy": round(scores.baseline_accuracy, 4),
        "majority_macro_f1": round(scores.baseline_macro_f1, 4),
        **{name: round(value, 4) for name, value in more.items() if value is not None},
        "report": rounded(scores.report),
    }


def rounded(value: Any) -> Any:
    """Plain values, their numbers with four decimals."""
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return value if value is None or isinstance(value, str | int) else round(float(value), 4)
