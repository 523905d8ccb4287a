"""Accuracy and F1 of predictions in a set's own labels, against a majority baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.metrics import classification_report

from training.metrics.counts import Labels, count, metrics


@dataclass(frozen=True)
class TaskScores:
    """Scores of one task on one set. For multi-label sets `accuracy` asks for the exact label set.

    `micro_f1` is that of multi-label sets, and None elsewhere, where it would be the accuracy.
    """

    rows: int
    accuracy: float
    macro_f1: float
    baseline_accuracy: float
    baseline_macro_f1: float
    report: dict[str, Any]
    micro_f1: float | None = None
    baseline_micro_f1: float | None = None


def score_predictions(
    gold: Sequence[Labels], predicted: Sequence[Labels], labels: Sequence[str], *, multi: bool
) -> TaskScores:
    """Score predictions; the baseline always predicts the most frequent gold.

    The macro-F1 runs over the labels that occur in the gold (all, when none does), as in sklearn's report.

    :raises ValueError: when there is no row, or the numbers of rows differ.
    """
    if not gold or len(gold) != len(predicted):
        raise ValueError(f"expected as many predictions as golds, at least one, got {len(predicted)}, {len(gold)}")
    occurring = [label for label in labels if any(label in row for row in gold)] or list(labels)
    model, baseline = (
        {name: float(values[0]) for name, values in metrics(count(gold, given, labels, multi=multi)).items()}
        for given in (predicted, [most_frequent(gold)] * len(gold))
    )
    return TaskScores(
        rows=len(gold),
        accuracy=model["accuracy"],
        macro_f1=model["macro_f1"],
        baseline_accuracy=baseline["accuracy"],
        baseline_macro_f1=baseline["macro_f1"],
        report=_report(gold, predicted, occurring, multi),
        micro_f1=model.get("micro_f1"),
        baseline_micro_f1=baseline.get("micro_f1"),
    )


def most_frequent(gold: Sequence[Labels]) -> Labels:
    """What the majority baseline says of every row."""
    return Counter(gold).most_common(1)[0][0]


def _report(gold: Sequence[Labels], predicted: Sequence[Labels], labels: Sequence[str], multi: bool) -> dict[str, Any]:
    report: dict[str, Any]
    if multi:
        # The last column is always 0: sklearn takes a single column for a binary task.
        report = classification_report(
            [[*(int(label in row) for label in labels), 0] for row in gold],
            [[*(int(label in row) for label in labels), 0] for row in predicted],
            labels=list(range(len(labels))),
            target_names=list(labels),
            output_dict=True,
            zero_division=0,
        )
    else:
        report = classification_report(
            [row[0] for row in gold],
            [row[0] for row in predicted],
            labels=list(labels),
            output_dict=True,
            zero_division=0,
        )
    return report
