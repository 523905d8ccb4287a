"""Tables of an evaluation in Markdown, for its own page and for the model card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from training.evaluation.figures import Rival, TaskReport
from training.evaluation.goals import GOALS
from training.metrics.bootstrap import Estimate

NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "negative_f1": "F1 of negative",
}
"""How scores are called, in their order."""


def markdown_table(heading: Sequence[str], lines: Iterable[Sequence[str]], *, left: int = 2) -> str:
    """A table whose first `left` columns are set flush left, the others flush right."""
    alignments = ["---"] * left + ["---:"] * (len(heading) - left)
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (heading, alignments, *lines)
    )


def scores_table(tasks: Sequence[TaskReport]) -> str:
    """Each score with its interval, the general reading, and how well the probabilities are calibrated."""
    heading = ("set", "task", "language", "rows", "accuracy", "macro-F1", "other F1", "general reading", "ECE")
    return markdown_table(
        heading,
        (
            (
                *(one.set_name, one.task, one.language, f"{one.rows:,}"),
                *(estimate(one.scores[name]) for name in ("accuracy", "macro_f1")),
                "; ".join(f"{NAMES[name]} {estimate(one.scores[name])}" for name in NAMES if name in _others(one)),
                _pair(one.general),
                f"{one.calibration_error:.3f}",
            )
            for one in tasks
        ),
        left=3,
    )


def baselines_table(tasks: Sequence[TaskReport]) -> str:
    """Accuracy and macro-F1 of the model and of each baseline."""
    names = list(dict.fromkeys(each.name for one in tasks for each in one.baselines))
    lines = []
    for one in tasks:
        found = {each.name: each for each in one.baselines}
        model = f"{one.scores['accuracy'].value:.3f} / {one.scores['macro_f1'].value:.3f}"
        lines.append((one.set_name, one.task, model, *(_pair(found.get(name)) for name in names)))
    return markdown_table(("set", "task", "model", *names), lines)


def comparison_table(tasks: Sequence[TaskReport], other: str) -> str:
    """Each score beside that of another bundle: difference, interval, and the p-value of the paired bootstrap."""
    lines = [
        (
            *(one.set_name, one.task, NAMES[name], f"{one.scores[name].value:.3f}"),
            f"{one.other.scores[name]:.3f}",
            f"{each.value:+.3f} ({each.low:+.3f} to {each.high:+.3f})",
            f"{each.p_value:.3f}",
        )
        for one in tasks
        if one.other is not None
        for name, each in one.other.differences.items()
    ]
    return markdown_table(("set", "task", "score", "this", other, "difference", "p"), lines, left=3)


def goals_table(tasks: Sequence[TaskReport]) -> str:
    """For each goal that these tasks bear on: what larger models publish, the goal, and what was measured."""
    found = {(one.set_name, one.task): one for one in tasks}
    return markdown_table(
        ("data", "task", "metric", "published", "goal", "measured"),
        (
            (
                *(goal.set_name, goal.task, NAMES[goal.metric], goal.published, f"{goal.goal:.3f}"),
                estimate(found[goal.set_name, goal.task].scores[goal.metric]),
            )
            for goal in GOALS
            if (goal.set_name, goal.task) in found
        ),
        left=4,
    )


def estimate(one: Estimate) -> str:
    """A score with its interval."""
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _others(one: TaskReport) -> list[str]:
    return [name for name in one.scores if name not in ("accuracy", "macro_f1")]


def _pair(rival: Rival | None) -> str:
    return f"{rival.scores['accuracy']:.3f} / {rival.scores['macro_f1']:.3f}" if rival is not None else ""
