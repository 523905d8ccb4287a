"""The figures of a model card as Markdown, each from a part of `metrics.json`; nothing where that part is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from training.evaluation.figures import Evaluation
from training.evaluation.report.markdown_tables import (
    baselines_table,
    comparison_table,
    goals_table,
    markdown_table,
    scores_table,
)
from training.metrics.bootstrap import RESAMPLES

Metrics = Mapping[str, Any]


def results(metrics: Metrics) -> str:
    """Scores, by the evaluation that belongs to the model, or else as they were when it was exported."""
    if "evaluation" in metrics:
        return _evaluated(msgspec.convert(metrics["evaluation"], type=Evaluation))
    if "development" not in metrics:
        return ""
    own, general = metrics["development"], metrics.get("development_general_reading", {"results": []})
    other = {_key(one): one for one in general["results"]}
    table = markdown_table(
        ("set", "task", "language", "rows", "accuracy", "macro-F1", "general reading", "majority"),
        (
            (
                *(one["set"], one["task"], one["language"], f"{one['rows']:,}"),
                *(f"{one['accuracy']:.3f}", f"{one['macro_f1']:.3f}"),
                _pair(other[_key(one)], "") if _key(one) in other and one["task"] != "topics" else "",
                _pair(one, "majority_"),
            )
            for one in own["results"]
        ),
        left=3,
    )
    return f"""Mean macro-F1 over the sets: {own["mean_macro_f1"]:.3f}. General reading and majority (always the most
frequent label): accuracy / macro-F1.

{table}"""


def costs(metrics: Metrics) -> str:
    """What each step to the published graph cost, and how near it is to the torch model."""
    parts = []
    if entries := metrics.get("cost"):
        lines = [
            (
                one["step"] + (f" of {one['teacher']}" if "teacher" in one else ""),
                *(f"{one[key]:.4f}" for key in ("macro_f1_before", "macro_f1_after")),
                f"{one['points']:+.2f}",
            )
            for one in entries
        ]
        table = markdown_table(("step", "mean macro-F1 before", "after", "points lost"), lines, left=1)
        parts.append(f"Mean macro-F1 on the development splits before and after each step:\n\n{table}")
    if "change" in metrics:
        same = 100 * metrics["change"]["sentiment_agreement"]
        parts.append(f"Against {metrics['made_from']}: same sentiment for {same:.1f} % of the texts.")
    elif "parity" in metrics:
        parity = metrics["parity"]
        parts.append(
            "The published graph against the fp32 torch model on the same texts: "
            f"{100 * parity['published_macro_f1_loss']:+.2f} points of mean\nmacro-F1 lost; same sentiment for "
            f"{100 * parity['published']['sentiment_agreement']:.1f} % of the texts."
        )
    return _section("What it cost to make", *parts)


def calibration(metrics: Metrics) -> str:
    """Temperatures with the calibration error before and after, and the abstain band."""
    parts = []
    if fitted := metrics.get("calibration"):
        table = markdown_table(
            ("language", "head", "decisions", "temperature", "ECE before", "ECE after"),
            (
                (
                    *(one["language"], one["head"], f"{one['decisions']:,}", f"{one['temperature']:.2f}"),
                    *(f"{one[key]:.3f}" for key in ("before", "after")),
                )
                for one in fitted
            ),
        )
        parts.append(
            "Probabilities are divided by temperatures fitted on the development rows, by language and head (Guo et\n"
            f"al. 2017); ECE is the expected calibration error in 15 bins.\n\n{table}"
        )
    if bands := metrics.get("abstain"):
        table = markdown_table(
            ("language", "leading probability below", "texts", "accuracy there", "accuracy elsewhere"),
            (
                (
                    *(one["language"], f"{one['below']:.2f}", f"{one['texts']:,}"),
                    *(f"{one[key]:.3f}" for key in ("accuracy_inside", "accuracy_outside")),
                )
                for one in bands
            ),
            left=1,
        )
        parts.append(f"The model abstains (`unsure`) on the least sure tenth of the texts:\n\n{table}")
    return _section("How sure it looks", *parts)


def robustness(metrics: Metrics) -> str:
    """What noise in the words costs, by its kind, and whether explanations hold when their pieces are deleted."""
    found = metrics.get("robustness")
    if found is None:
        return ""
    table = markdown_table(
        ("noise", "sets and tasks", "accuracy lost", "macro-F1 lost", "labels flipped"),
        (
            (
                *(one["kind"], str(one["results"])),
                *(f"{one[key]:+.3f}" for key in ("accuracy_drop", "macro_f1_drop")),
                f"{one['flipped']:.1%}",
            )
            for one in found["by_kind"]
        ),
        left=1,
    )
    parts = [f"Noise in at most {found['words']:.0%} of the words of development texts, means over sets:\n\n{table}"]
    if explained := found.get("explanations"):
        named = ", ".join(f"{one['method']} {one['comprehensiveness']:.3f}" for one in explained)
        parts.append(
            "Explanations, checked by deletion: probability of the sentiment lost without the pieces ranked highest,\n"
            f"over {explained[0]['texts']} texts: {named}."
        )
    return _section("Robustness", *parts)


def bias(metrics: Metrics) -> str:
    """How far the sentiment moves when only a name changes."""
    found = metrics.get("bias")
    if found is None:
        return ""
    lines = []
    for one in found["results"]:
        ranked = sorted(one["groups"], key=lambda group: float(group["negative"]))
        ends = (f"{group['group']} {group['negative']:.3f}" for group in (ranked[0], ranked[-1]))
        changes = (f"{one[key]:.3f}" for key in ("mean_change", "p95_change"))
        lines.append((one["kind"], one["language"], one["source"], *changes, f"{one['flipped']:.1%}", *ends))
    heading = ("names", "language", "in", "mean change", "95th percentile", "flipped", "lowest", "highest")
    return _section(
        "Bias",
        "Change of P(negative) between two names in the same text, how often the leading sentiment flips, and the\n"
        f"names with the lowest and the highest mean P(negative):\n\n{markdown_table(heading, lines, left=3)}",
    )


def _evaluated(evaluation: Evaluation) -> str:
    tasks = evaluation.tasks
    mean = sum(one.scores["macro_f1"].value for one in tasks) / max(1, len(tasks))
    parts = [
        f"Measured on: {evaluation.measured_on}. Mean macro-F1: {mean:.3f}. In brackets are 95 % intervals of the\n"
        f"bootstrap over texts ({RESAMPLES:,} resamples); general reading: accuracy / macro-F1.",
        scores_table(tasks),
        "Accuracy / macro-F1 beside the most frequent label and what lexicons find:",
        baselines_table(tasks),
        "Beside what larger models publish, on splits of their own, and the goals for texts held out:",
        goals_table(tasks),
    ]
    if evaluation.compared_with is not None:
        parts += [
            f"Less {evaluation.compared_with} on the same rows:",
            comparison_table(tasks, evaluation.compared_with),
        ]
    return "\n\n".join(parts)


def _section(title: str, *parts: str) -> str:
    return "\n\n".join([f"## {title}", *parts]) if parts else ""


def _key(one: Mapping[str, Any]) -> Sequence[str]:
    return one["set"], one["task"], one["language"], one.get("source", "all")


def _pair(one: Mapping[str, Any], prefix: str) -> str:
    return f"{one[prefix + 'accuracy']:.3f} / {one[prefix + 'macro_f1']:.3f}"
