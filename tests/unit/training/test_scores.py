"""Accuracy, macro-F1 and the majority baseline, by hand-counted values."""

from __future__ import annotations

import pytest

from training.metrics.scores import score_predictions


def test_single_label_scores_and_majority_baseline() -> None:
    gold = [("bad",), ("bad",), ("good",), ("flat",)]
    predicted = [("bad",), ("good",), ("good",), ("bad",)]
    scores = score_predictions(gold, predicted, ("bad", "flat", "good", "never"), multi=False)
    assert (scores.rows, scores.accuracy) == (4, 0.5)
    # F1: bad 2*1/(2+2) = 1/2, good 2*1/(2+1) = 2/3, flat 0; a label that never occurs does not count.
    assert scores.macro_f1 == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    assert scores.baseline_accuracy == 0.5
    assert scores.baseline_macro_f1 == pytest.approx((2 * 2 / (4 + 2)) / 3)


def test_multi_label_accuracy_asks_for_the_exact_set() -> None:
    gold = [("a", "b"), ("a",), ("b",)]
    predicted = [("b", "a"), ("a", "b"), ()]
    scores = score_predictions(gold, predicted, ("a", "b", "c"), multi=True)
    assert scores.accuracy == pytest.approx(1 / 3)
    assert scores.macro_f1 == pytest.approx((1.0 + 0.5) / 2)
    assert set(scores.report) >= {"a", "b", "micro avg", "macro avg"}


@pytest.mark.parametrize(
    ("gold", "predicted", "accuracy", "macro_f1"),
    [([("a",)], [("a",)], 1.0, 1.0), ([("a",), ()], [(), ()], 0.5, 0.0), ([()], [()], 1.0, 0.0)],
    ids=["one label", "one label, missed", "none at all"],
)
def test_multi_label_with_hardly_a_label(
    gold: list[tuple[str, ...]], predicted: list[tuple[str, ...]], accuracy: float, macro_f1: float
) -> None:
    scores = score_predictions(gold, predicted, ("a", "b"), multi=True)
    assert (scores.accuracy, scores.macro_f1) == (accuracy, macro_f1)


def test_rows_must_match() -> None:
    with pytest.raises(ValueError, match="as many predictions as golds"):
        score_predictions([("a",)], [], ("a",), multi=False)
