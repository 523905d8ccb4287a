"""Calibration, confusion, and all that is measured of a task, by hand-counted values."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.registry import load_registry
from training.data.taxonomy import load_taxonomy
from training.evaluation.measure import measure_task
from training.evaluation.task_predictions import TaskPredictions
from training.metrics.confusion import confusion
from training.metrics.label_space import LabelSpace, label_spaces
from training.metrics.predictions import Prediction
from training.metrics.reliability import calibration_error, decisions, expected_calibration_error, reliability
from training.metrics.results import results

FPB = label_spaces(load_registry()["fpb"], load_taxonomy())[0]
TAGS = LabelSpace("tags", "topics", ("a", "b"), ((0,), (1,)), multi=True)


def said(gold: str, predicted: str, sure: float = 0.8, row: int = 0, source: str = "") -> Prediction:
    rest = {label: (1 - sure) / 2 for label in FPB.labels if label != predicted}
    return Prediction(str(row), "en", (gold,), FPB.gold([gold]), (predicted,), {predicted: sure, **rest}, row, source)


def tagged(gold: tuple[str, ...], predicted: tuple[str, ...]) -> Prediction:
    return Prediction("1", "zh", gold, gold, predicted, {label: 0.9 if label in predicted else 0.2 for label in "ab"})


def test_reliability_sorts_into_fifteen_bins() -> None:
    bins = reliability(np.array([0.97, 1.0, 0.95, 0.5, 0.52]), np.array([True, True, False, False, True]))
    assert [one.decisions for one in bins] == [2, 3]
    assert [one.confidence for one in bins] == pytest.approx([0.51, 2.92 / 3])
    assert [one.accuracy for one in bins] == pytest.approx([0.5, 2 / 3])
    assert calibration_error(bins) == pytest.approx((2 * 0.01 + 3 * (2.92 / 3 - 2 / 3)) / 5)
    assert calibration_error(()) == 0.0


def test_calibration_error_by_hand() -> None:
    error = expected_calibration_error(np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, False, True, True]))
    assert error == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)


def test_each_label_of_a_multi_label_row_is_a_decision() -> None:
    sure, right = decisions(TAGS, [tagged(("a",), ("a", "b"))])
    assert (sure.tolist(), right.tolist()) == ([0.9, 0.9], [True, False])
    sure, right = decisions(FPB, [said("negative", "neutral", 0.7), said("unknown", "neutral")])
    assert (sure.tolist(), right.tolist()) == ([0.7], [False])


def test_confusion_counts_gold_down_and_predicted_across() -> None:
    rows = [said("negative", "neutral"), said("negative", "negative"), said("positive", "neutral")]
    assert confusion(FPB, rows).counts == ((1, 1, 0), (0, 0, 0), (0, 1, 0))
    found = confusion(TAGS, [tagged(("a", "b"), ("a", "b")), tagged(("a",), ("b",)), tagged(("b",), ())])
    assert found.columns == ("a", "b", "(none)")
    assert found.counts == ((1, 1, 0), (0, 1, 1))


def test_measuring_a_task() -> None:
    rows = [said("negative", "negative"), said("negative", "positive", row=1), said("neutral", "neutral", row=2)]
    general = [said("negative", "negative"), said("negative", "negative", row=1), said("neutral", "neutral", row=2)]
    report = measure_task(
        TaskPredictions(FPB, ["x"] * 3, [*rows, said("unknown", "neutral", row=3)], general, rows), []
    )
    assert report is not None
    assert (report.set_name, report.task, report.language, report.rows, report.texts) == (
        "fpb",
        "sentiment",
        "en",
        3,
        3,
    )
    assert report.scores["accuracy"].value == pytest.approx(2 / 3)
    assert report.scores["negative_f1"].value == pytest.approx(2 / 3)
    (majority,) = report.baselines
    assert majority.scores == pytest.approx({"accuracy": 2 / 3, "macro_f1": 0.4, "negative_f1": 0.8})
    assert report.general is not None
    assert report.general.scores["accuracy"] == 1.0
    assert report.general.differences["accuracy"].value == pytest.approx(-1 / 3)
    assert report.other is not None
    assert report.other.differences["accuracy"].p_value == 1.0
    assert report.calibration_error == pytest.approx(0.8 - 2 / 3)
    assert measure_task(TaskPredictions(FPB, ["x"], [said("unknown", "neutral")]), []) is None


def test_sources_are_scored_by_themselves_when_they_are_large() -> None:
    rows = [said("negative", "negative", row=row, source="wire") for row in range(20)]
    rows += [said("negative", "neutral", row=row, source="forum") for row in range(20, 45)]
    rows += [said("neutral", "neutral", row=row, source="rare") for row in range(45, 64)]
    found = [(one.language, one.source, one.scores.rows, one.scores.accuracy) for one in results(FPB, rows)]
    assert found == [
        ("en", "all", 64, pytest.approx(39 / 64)),
        ("en", "forum", 25, 0.0),
        ("en", "wire", 20, 1.0),
    ]
