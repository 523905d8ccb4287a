"""What a model was trained on is known to it, and a file out of it is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from services.cli import app
from services.inference.bundle import SEEN
from training.config import TrainConfig
from training.data.contamination import Hashes, SeenRows, find_seen, read_seen, require_unseen, write_seen
from training.data.corpus import build_corpus
from training.data.registry import load_registry
from training.data.rows import Row
from training.data.taxonomy import load_taxonomy
from training.errors import SeenInTraining, TrainingError
from training.evaluation.contamination import find_seen_texts
from training.evaluation.figures import Evaluation, SeenReport, UnseenScores
from training.evaluation.report.seen_lines import seen_lines
from training.evaluation.task_predictions import LabelledTexts, TaskPredictions
from training.export.bundle import export_bundle
from training.export.target import Target
from training.learning.run import run_training
from training.metrics.label_space import label_spaces
from training.metrics.predictions import Prediction

TRAINED = ["Profit rises 4%", "Oil is flat", "!!!", "Profit rises 4%"]


def seen_of(folder: Path) -> Hashes:
    seen = read_seen(folder)
    assert seen is not None
    return seen


def test_repeats_are_found_whatever_their_digits_and_links(tmp_path: Path) -> None:
    write_seen(tmp_path, TRAINED)
    tests = ["new", "profit rises 7%", "Profit falls 4%", "Profit  rises 4% https://t.co/x", "!!!", "???", ""]
    found = find_seen(seen_of(tmp_path), tests)
    assert found == SeenRows((False, True, False, True, True, False, False), exact=2, example="profit rises 7%")
    assert find_seen(seen_of(tmp_path), ["https://t.co/1"]) == SeenRows((False,), exact=0, example="")
    assert find_seen(seen_of(tmp_path), []) == SeenRows((), exact=0, example="")


@pytest.mark.parametrize(
    ("seen", "rows", "refused"),
    [(10, 10, False), (11, 11, True), (11, 110, False), (100, 1000, False), (101, 1000, True)],
)
def test_more_than_ten_rows_and_a_tenth_are_refused(seen: int, rows: int, refused: bool) -> None:
    found = SeenRows((True,) * seen + (False,) * (rows - seen), exact=3, example="Oil is flat")
    assert found.count == seen
    assert found.tolerable is not refused
    if not refused:
        require_unseen(found, "test.jsonl")
        return
    message = rf"test\.jsonl: .* {seen} of {rows} .*3 to the letter, {seen - 3} but.*'Oil is flat'.*--allow-seen"
    with pytest.raises(SeenInTraining, match=message):
        require_unseen(found, "test.jsonl")


def test_a_folder_without_the_file_knows_nothing(tmp_path: Path) -> None:
    assert read_seen(tmp_path) is None
    assert read_seen(tmp_path / "absent") is None


def test_the_file_is_sorted_small_and_the_same_for_any_order(tmp_path: Path) -> None:
    words = [f"word {chr(97 + index % 26)} {index // 26:x}" for index in range(2_000)]
    write_seen(tmp_path, words)
    content = (tmp_path / SEEN).read_bytes()
    write_seen(tmp_path, words[::-1])
    assert (tmp_path / SEEN).read_bytes() == content
    assert len(content) <= 8 * 2_000 + 128  # 80,000 texts: 640 kB
    assert bool((np.diff(seen_of(tmp_path).astype(object)) > 0).all())


def test_what_the_base_model_saw_counts_too(tmp_path: Path) -> None:
    write_seen(tmp_path, ["Oil is flat"])
    write_seen(tmp_path, ["Profit rises 4%"], seen_of(tmp_path))
    assert find_seen(seen_of(tmp_path), ["Oil is flat", "Profit rises 4%", "Gold is flat"]).rows == (True, True, False)


@pytest.mark.parametrize("content", [b"", b"broken", b"\x93NUMPY\x01\x00"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SEEN).write_bytes(content)
    with pytest.raises(TrainingError, match=r"seen\.bin"):
        read_seen(tmp_path)


def test_another_array_is_refused(tmp_path: Path) -> None:
    with (tmp_path / SEEN).open("wb") as stream:
        np.save(stream, np.arange(3))
    with pytest.raises(TrainingError, match="expected a row of uint64, got int64"):
        read_seen(tmp_path)


def row(text: str, *labels: str) -> Row:
    return Row("1", text, labels, "en", 1)


def texts_of(*texts: str) -> LabelledTexts:
    return LabelledTexts("fpb", [row(text, "neutral") for text in texts], LABEL_SPACES)


LABEL_SPACES = label_spaces(load_registry()["fpb"], load_taxonomy())
SEEN_TEXTS = [f"{chr(97 + n)} beat" for n in range(11)]
OTHERS = [f"{chr(97 + n)} miss" for n in range(26)] * 4


def test_a_set_with_too_many_seen_rows_is_refused_unless_they_are_allowed(tmp_path: Path) -> None:
    write_seen(tmp_path, SEEN_TEXTS)
    few, many = texts_of(*SEEN_TEXTS[:10], *OTHERS), texts_of(*SEEN_TEXTS, *OTHERS[:90])
    assert find_seen_texts(tmp_path, [few], allow_seen=False).report([]) == SeenReport(checked=True, rows=10, exact=10)
    with pytest.raises(SeenInTraining, match=r"fpb: .* 11 of 101 were seen"):
        find_seen_texts(tmp_path, [few, many], allow_seen=False)
    with pytest.raises(SeenInTraining, match=r"test\.jsonl: "):
        find_seen_texts(tmp_path, [many], allow_seen=False, file="test.jsonl")
    assert find_seen_texts(tmp_path, [many], allow_seen=True).report([]).rows == 11


def test_scores_are_given_without_the_rows_that_were_seen(tmp_path: Path) -> None:
    write_seen(tmp_path, ["a beat", "b beat"])
    given = texts_of("a beat", "b miss", "b beat", "c miss")
    (space,) = LABEL_SPACES
    said = [
        Prediction("1", "en", ("neutral",), ("neutral",), (label,), {}, row)
        for row, label in enumerate(["neutral", "neutral", "neutral", "positive"])
    ]
    report = find_seen_texts(tmp_path, [given], allow_seen=False).report([TaskPredictions(space, [], said)])
    (scores,) = report.without
    assert (report.rows, scores.set_name, scores.task, scores.language, scores.rows) == (2, "fpb", "sentiment", "en", 2)
    assert scores.accuracy == 0.5
    unseen = find_seen_texts(tmp_path, [texts_of("c miss")], allow_seen=False)
    assert unseen.report([TaskPredictions(space, [], said[:1])]) == SeenReport(checked=True, rows=0, exact=0)


def test_what_was_seen_is_said_in_words(tmp_path: Path) -> None:
    def lines(seen: SeenReport | None) -> list[str]:
        return seen_lines(Evaluation(model="m/1", measured_on="x", compared_with=None, missing=(), tasks=(), seen=seen))

    assert lines(None) == []
    assert (
        "m/1 has no list of its training texts" in lines(find_seen_texts(tmp_path, [], allow_seen=False).report([]))[0]
    )
    assert lines(SeenReport(checked=True, rows=0, exact=0))[0].startswith("none of the rows")
    scores = UnseenScores(set_name="fpb", task="sentiment", language="en", rows=7, accuracy=0.5, macro_f1=0.25)
    first, second = lines(SeenReport(checked=True, rows=3, exact=2, without=(scores,)))
    assert first.startswith("3 rows are among the texts that the model was trained on (2 to the letter")
    assert second == "fpb, sentiment, en: 7 rows, accuracy 0.500, macro-F1 0.250"


@pytest.mark.slow
def test_a_run_its_bundle_and_the_evaluation_know_what_was_seen(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    torch.set_num_threads(1)
    base = shutil.copytree(tiny_config.model.base, tmp_path / "base")
    write_seen(base, ["Oil is flat"])
    config = tiny_config.replace(steps=1, model=tiny_config.model.replace(base=str(base)))
    run_training(config, tmp_path / "run", resume=False)
    corpus = build_corpus(tiny_config, load_registry(), load_taxonomy(), tiny_data)
    trained = [example.text for example in corpus.train]
    assert all(find_seen(seen_of(tmp_path / "run"), ["Oil is flat", *trained]).rows)
    assert not any(find_seen(seen_of(tmp_path / "run"), [example.text for example in corpus.dev]).rows)

    export_bundle(tmp_path / "run", Target(tmp_path / "models", "tiny", "1", "fp32", max_tokens=16))
    folder = tmp_path / "models/tiny/1"
    assert (folder / SEEN).read_bytes() == (tmp_path / "run" / SEEN).read_bytes()
    file = tmp_path / "test.jsonl"
    file.write_text("".join(json.dumps({"id": text, "text": text, "label": "neutral"}) + "\n" for text in trained[:20]))
    options = [str(folder), str(file), "--as", "fpb", "--output", str(tmp_path / "out"), "--threads", "1"]
    with pytest.raises(SeenInTraining, match=r"test\.jsonl: .* 20 of 20 were seen"):
        CliRunner().invoke(app, ["evaluate", *options], catch_exceptions=False)
    ran = CliRunner().invoke(app, ["evaluate", *options, "--allow-seen"], catch_exceptions=False)
    assert "20 rows are among the texts that the model was trained on (20 to the letter" in " ".join(ran.output.split())
    document = json.loads((tmp_path / "out/evaluation.json").read_text(encoding="utf-8"))
    assert document["seen"] == {"checked": True, "rows": 20, "exact": 20, "without": []}
    assert "20 rows are among" in (tmp_path / "out/evaluation.md").read_text(encoding="utf-8")
