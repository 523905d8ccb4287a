"""What an evaluation leaves in its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from training.data.registry import load_registry
from training.data.taxonomy import load_taxonomy
from training.evaluation.goals import GOALS
from training.evaluation.measure import measure
from training.evaluation.report.folder import write_evaluation, write_json, write_report
from training.evaluation.report.json_document import evaluation_json, read_evaluation
from training.evaluation.report.markdown_tables import (
    NAMES,
    baselines_table,
    comparison_table,
    goals_table,
    scores_table,
)
from training.evaluation.report.pictures.fonts import DEFAULT, drawable, plain_names
from training.evaluation.task_predictions import TaskPredictions
from training.metrics.label_space import label_spaces
from training.metrics.predictions import Prediction

TAXONOMY = load_taxonomy()
REGISTRY = load_registry()
FPB = label_spaces(REGISTRY["fpb"], TAXONOMY)[0]
FINNL = label_spaces(REGISTRY["fincuge_finnl"], TAXONOMY)[0]


def tasks() -> list[TaskPredictions]:
    """Four texts with one sentiment wrong, by two bundles, and two with topics."""
    gold = ["negative", "neutral", "positive", "positive"]

    def rows(predicted: list[str]) -> list[Prediction]:
        return [
            Prediction(str(row), "en", (one,), (one,), (said,), {said: 1.0}, row)
            for row, (one, said) in enumerate(zip(gold, predicted, strict=True))
        ]

    first, second = rows([*gold[:3], "neutral"]), rows(["neutral"] * 4)
    chances = {label: float(label == "公司") for label in FINNL.labels}
    topics = [Prediction(str(row), "zh", ("公司",), ("公司",), ("公司",), chances, row) for row in range(2)]
    return [
        TaskPredictions(FPB, ["bad", "it is", "good", "good"], first, second, second),
        TaskPredictions(FINNL, ["公司"] * 2, topics, None, topics),
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an evaluation."""
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path))
    found = tasks()
    evaluation = measure(found, model="tiny/2", measured_on="four rows", compared_with="tiny/1")
    results = [result for one in found for result in one.results]
    spaces = [one.label_space for one in found]
    write_evaluation(tmp_path / "out", evaluation, results, evaluation_json(evaluation, results), spaces, TAXONOMY)
    return tmp_path / "out"


def test_figures_page_and_pictures_are_written(folder: Path) -> None:
    document = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    assert (document["model"], document["measured_on"], document["compared_with"]) == ("tiny/2", "four rows", "tiny/1")
    assert document["missing"] == ["lexicons/en_loughran_mcdonald.jsonl", "lexicons/zh_jiang2020.jsonl.gz"]
    sentiment, topics = document["results"]
    assert (sentiment["set"], sentiment["accuracy"], sentiment["majority_accuracy"]) == ("fpb", 0.75, 0.5)
    assert (sentiment["negative_f1"], topics["micro_f1"]) == (1.0, 1.0)
    assert document["tasks"][0]["set"] == "fpb"
    assert document["tasks"][0]["confusion"]["counts"] == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    pictures = {path.name for path in (folder / "pictures").iterdir()}
    assert pictures == {
        f"{stem}-{kind}.png"
        for stem in ("fpb-sentiment", "fincuge_finnl-topics")
        for kind in ("confusion", "calibration")
    }
    page = (folder / "evaluation.md").read_text(encoding="utf-8")
    assert page.startswith("# tiny/2 on four rows\n")
    assert all(f"(pictures/{name})" in page for name in pictures)
    assert "lexicons/zh_jiang2020.jsonl.gz" in page


def test_an_evaluation_is_read_again_for_its_tables(folder: Path) -> None:
    evaluation = read_evaluation(folder)
    assert evaluation == read_evaluation(folder / "evaluation.json")
    first, second = scores_table(evaluation.tasks).splitlines()[2:]
    assert first.startswith("| fpb | sentiment | en | 4 | 0.750 (0.250 to 1.000) | ")
    assert "F1 of negative 1.000" in first
    assert "| 0.250 / 0.133 | 0.250 |" in first  # general reading; the expected calibration error
    assert "micro-F1 1.000 (1.000 to 1.000)" in second
    assert baselines_table(evaluation.tasks).splitlines() == [
        "| set | task | model | majority | VADER |",
        "| --- | --- | ---: | ---: | ---: |",
        "| fpb | sentiment | 0.750 / 0.778 | 0.500 / 0.222 | 1.000 / 1.000 |",
        "| fincuge_finnl | topics | 1.000 / 1.000 | 1.000 / 1.000 |  |",
    ]
    lines = comparison_table(evaluation.tasks, "tiny/1").splitlines()
    assert lines[2].startswith("| fpb | sentiment | accuracy | 0.750 | 0.250 | +0.500 (")
    assert lines[-1] == "| fincuge_finnl | topics | micro-F1 | 1.000 | 1.000 | +0.000 (+0.000 to +0.000) | 1.000 |"
    assert [line.split(" | ")[:3] for line in goals_table(evaluation.tasks).splitlines()[2:]] == [
        ["| fpb", "sentiment", "accuracy"],
        ["| fpb", "sentiment", "macro-F1"],
        ["| fincuge_finnl", "topics", "micro-F1"],
    ]


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"evaluation\.json: expected the figures"):
        read_evaluation(tmp_path)
    (tmp_path / "evaluation.json").write_text('{"model": 1}')
    with pytest.raises(InvalidInput, match="Expected `str`, got `int`"):
        read_evaluation(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    evaluation = measure([], model="tiny/2", measured_on="no rows")
    with pytest.raises(InvalidInput, match=r"out: cannot be written: Not a directory"):
        write_evaluation(tmp_path / "out", evaluation, [], {}, [], TAXONOMY)
    with pytest.raises(InvalidInput, match=r"x\.json: cannot be written: No such file"):
        write_json(tmp_path / "none/x.json", {})
    (tmp_path / "y.md").mkdir()
    with pytest.raises(InvalidInput, match=r"y\.md: cannot be written: Is a directory"):
        write_report(tmp_path / "y.json", {}, "text")


def test_goals_are_of_tasks_that_the_sets_have() -> None:
    tasks = {(one.set_name, one.task) for spec in REGISTRY.values() for one in label_spaces(spec, TAXONOMY)}
    assert {(goal.set_name, goal.task) for goal in GOALS} <= tasks
    assert {goal.metric for goal in GOALS} <= set(NAMES)


def test_names_are_drawn_with_a_font_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawable(["Fed | Central Banks"], ["x"]) == (["Fed | Central Banks"], DEFAULT)
    plain = plain_names(FINNL, TAXONOMY)
    assert plain[:2] == ["company_news", "bonds"]
    assert plain_names(FPB, TAXONOMY) == ["negative", "neutral", "positive"]
    has = {DEFAULT: set(range(128)), "SimHei": {ord(character) for label in FINNL.labels for character in label}}
    monkeypatch.setattr("training.evaluation.report.pictures.fonts._characters", lambda family: has.get(family, set()))
    assert drawable(FINNL.labels, plain) == (FINNL.labels, "SimHei")
    del has["SimHei"]
    assert drawable(FINNL.labels, plain) == (plain, DEFAULT)
