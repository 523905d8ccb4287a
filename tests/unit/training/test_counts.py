"""Scores as ratios of sums over texts, by hand-counted values and against sklearn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from training.metrics.counts import count, metrics


def scores(*args: object, **options: object) -> dict[str, float]:
    found = metrics(count(*args, **options))  # type: ignore[arg-type]
    return {name: float(values[0]) for name, values in found.items()}


def test_single_label_scores() -> None:
    gold = [("negative",), ("negative",), ("neutral",), ("positive",)]
    predicted = [("negative",), ("positive",), ("negative",), ("positive",)]
    found = scores(gold, predicted, ("negative", "neutral", "positive"), multi=False)
    # F1: negative 2*1/(2+2), neutral 0, positive 2*1/(2+1).
    assert found == pytest.approx(
        {"accuracy": 0.5, "macro_f1": (1 / 2 + 0 + 2 / 3) / 3, "negative_f1": 1 / 2},
    )


def test_micro_f1_of_a_multi_label_set_counts_labels_that_no_row_has() -> None:
    gold = [("a", "b"), ("a",), ()]
    predicted = [("a",), ("a", "b"), ("c",)]
    found = scores(gold, predicted, ("a", "b", "c"), multi=True)
    # 2 hits, 4 given, 3 in the gold; macro over a (F1 1) and b (F1 0) only.
    assert found == pytest.approx({"accuracy": 0.0, "macro_f1": 0.5, "micro_f1": 2 * 2 / (4 + 3)})


def test_scores_are_those_of_sklearn() -> None:
    random = np.random.default_rng(3)
    gold, predicted = random.integers(0, 4, 200), random.integers(0, 4, 200)
    found = scores([(str(one),) for one in gold], [(str(one),) for one in predicted], tuple("0123"), multi=False)
    assert found["macro_f1"] == pytest.approx(f1_score(gold, predicted, average="macro"))


def test_the_entities_of_a_text_belong_together() -> None:
    gold, predicted = [("x",), ("y",), ("x",)], [("x",), ("x",), ("y",)]
    counts = count(gold, predicted, ("x", "y"), multi=False, texts=[7, 7, 9])
    assert counts.decisions.tolist() == [2, 1]
    assert counts.right.tolist() == [1, 0]
    assert counts.given.tolist() == [[2, 0], [0, 1]]
    weights = np.array([[1.0, 0.0], [0.0, 2.0]])
    assert metrics(counts, weights)["accuracy"].tolist() == [0.5, 0.0]


def test_a_label_that_a_weighting_lacks_is_left_out() -> None:
    counts = count([("x",), ("y",)], [("x",), ("x",)], ("x", "y"), multi=False)
    assert metrics(counts, np.array([[2.0, 0.0], [1.0, 1.0]]))["macro_f1"].tolist() == pytest.approx([1.0, 1 / 3])


def test_rows_must_match() -> None:
    with pytest.raises(ValueError, match="as many predictions as golds, got 0 and 1"):
        count([("a",)], [], ("a",), multi=False)
