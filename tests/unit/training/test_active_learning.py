"""Active learning: which texts are chosen, with values, and the answers from a file and from the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner, Result

from services.files.jsonl import GoodLine
from services.files.records import read_records
from services.inference.bundle import MODEL, TOKENIZER, Bundle, write_manifest
from services.inference.scores import Scores
from tests.harness.tiny_bundle import describe
from tests.harness.tiny_encoder import tiny_tokenizer
from training.active_learning.candidates import Candidate, read_candidates, text_key
from training.active_learning.commands import label
from training.active_learning.labelled_file import LabelledFile, read_answers
from training.active_learning.proposals import propose
from training.active_learning.question import SENTIMENT, question_about
from training.active_learning.selection import least_sure, margins, spread_out
from training.config import TrainConfig
from training.data.rows import read_rows
from training.errors import ConfigError, DataError
from training.export.onnx_graph import export_graph
from training.model.multitask import model_from_folder

TEXTS = [
    "shares fall",
    "profit beat",
    "oil rise",
    "bank loss",
    "fed policy",
    "公司 亏损",
    "Shares FALL!",
    "https://x.test/1",
]


@pytest.fixture(scope="module")
def bundle(base_model: Path, tiny_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of random weights, whose graph gives the pooled vector."""
    folder = tmp_path_factory.mktemp("bundle")
    torch.manual_seed(5)
    export_graph(model_from_folder(base_model, tiny_config.model, 2).eval(), folder / MODEL)
    tiny_tokenizer().save(str(folder / TOKENIZER))
    return write_manifest(folder, describe())


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "stream.jsonl"
    path.write_text("".join(json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(TEXTS)))
    return path


def run(bundle: Bundle, *arguments: object, answers: str = "") -> Result:
    app = typer.Typer()
    app.command("label")(label)
    options = ["--bundle", str(bundle.folder), "--threads", "1"]
    return CliRunner().invoke(app, [*map(str, arguments), *options], input=answers, catch_exceptions=False)


def records(path: Path) -> list[dict[str, object]]:
    return [line.record for line in read_records(path) if isinstance(line, GoodLine)]


def test_margins_by_hand() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.45, 0.45], [0.0, 0.1, 0.9]])
    np.testing.assert_allclose(margins(probabilities), [0.25, 0.0, 0.8])
    assert least_sure(probabilities, 2) == [1, 0]


def test_chosen_texts_are_far_apart() -> None:
    # less their mean (0, 0) and at length 1: east, east, north, south-west, west
    pooled = np.array([[4.0, 0.0], [1.0, 0.0], [0.0, 3.0], [-3.0, -3.0], [-2.0, 0.0]])
    assert spread_out(pooled, 3) == [0, 4, 2]
    assert spread_out(pooled, 10) == [0, 4, 2, 3]  # the second is in the direction of the first
    assert spread_out(pooled + 7.0, 3) == [0, 4, 2]
    assert spread_out(np.ones((1, 2)), 2) == [0]


def test_texts_come_once_and_labelled_ones_never(texts: Path) -> None:
    found = read_candidates(texts, frozenset({text_key("OIL rise")}), 10)
    assert [one.id for one in found] == ["0", "1", "3", "4", "5"]
    assert found[-1] == Candidate("5", "公司 亏损", "zh", "stream")
    few = read_candidates(texts, frozenset(), 2)
    assert len(few) == 2
    assert set(few) < set(read_candidates(texts, frozenset(), 3))
    texts.write_text('{"id": "1"}\n')
    with pytest.raises(DataError, match=r"stream\.jsonl, line 1: field 'text': expected a string, got nothing"):
        read_candidates(texts, frozenset(), 2)


def test_proposals_say_what_the_model_thinks(bundle: Bundle, texts: Path) -> None:
    candidates = read_candidates(texts, frozenset(), 10)
    found = propose(bundle, candidates, SENTIMENT, 4, threads=1)
    assert len({one.candidate for one in found}) == 4
    for one in found:
        values = sorted(one.opinion.values())
        assert sum(values) == pytest.approx(1.0)
        assert one.margin == pytest.approx(values[2] - values[1])
        assert list(one.opinion) == ["negative", "neutral", "positive"]
    assert propose(bundle, candidates, SENTIMENT, 4, threads=1) == found
    foreign = [Candidate("9", "株価 が 下がる と 発表", "other", "stream")]
    assert propose(bundle, [], SENTIMENT, 4) == propose(bundle, foreign, SENTIMENT, 4) == []
    assert len(propose(bundle, candidates, question_about("outage", bundle), 3, threads=1)) == 3


def test_a_question_is_about_sentiment_or_a_topic(bundle: Bundle) -> None:
    scores = Scores((0.2, 0.5, 0.3), {"outage": 0.25})
    assert question_about(None, bundle).opinion(scores) == {"negative": 0.2, "neutral": 0.5, "positive": 0.3}
    assert question_about("outage", bundle).opinion(scores) == {"true": 0.25, "false": 0.75}
    assert [SENTIMENT.label(one) for one in ("n", "neutral", "y")] == ["negative", "neutral", None]
    with pytest.raises(ConfigError, match="has no topic 'war'; it has earnings, outage"):
        question_about("war", bundle)


def test_answers_are_appended_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mine.jsonl"
    file = LabelledFile(path)
    assert file.append(Candidate("1", "Oil falls 3%", "en", "wire"), "negative")
    assert not file.append(Candidate("2", "oil falls 4% https://x.test", "en", "wire"), "positive")
    path.write_bytes(path.read_bytes().rstrip())  # as an editor may leave it
    again = LabelledFile(path)
    assert again.append(Candidate("3", "Gold waits", "en", "wire"), "neutral")
    assert records(path) == [
        {"id": "1", "text": "Oil falls 3%", "lang": "en", "source": "wire", "label": "negative"},
        {"id": "3", "text": "Gold waits", "lang": "en", "source": "wire", "label": "neutral"},
    ]
    assert [row.labels for row in read_rows(path)] == [("negative",), ("neutral",)]
    assert len(again.keys) == 2
    with pytest.raises(ConfigError, match=r"mine\.jsonl\.gz: expected a plain JSON Lines file"):
        LabelledFile(tmp_path / "mine.jsonl.gz")


def write_answers(path: Path, labels: Sequence[object]) -> None:
    rows = [{"text": f"text {chr(97 + i)}", "label": value} for i, value in enumerate(labels)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_answers_of_a_file_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    write_answers(path, ["n", None, "positive", ""])
    assert [(one.text, one.id, given) for one, given in read_answers(path, SENTIMENT)] == [
        ("text a", "answers-1", "negative"),
        ("text c", "answers-3", "positive"),
    ]
    write_answers(path, ["u", "y"])
    with pytest.raises(DataError, match=r"line 2: field 'label': expected one of .*'neutral'.*, got 'y'"):
        read_answers(path, SENTIMENT)


def test_the_terminal_asks_and_each_answer_is_kept(bundle: Bundle, texts: Path, tmp_path: Path) -> None:
    into = tmp_path / "mine.jsonl"
    shown = run(bundle, texts, "--into", into, "--propose", 5, answers="n\nx\ns\np\nq\n")
    assert "1/5" in shown.output
    assert "the model: negative" in shown.output
    assert "Please select one of the available options" in shown.output  # x is no key
    assert "2 answers written to" in shown.output
    first = records(into)
    assert [row["label"] for row in first] == ["negative", "positive"]
    rest = run(bundle, texts, "--into", into, "--propose", 10, answers="u\n")  # then the input ends
    assert "1/4" in rest.output
    assert "1 answers written to" in rest.output
    assert records(into)[:2] == first
    assert len({str(row["text"]) for row in records(into)}) == 3


def test_proposals_go_through_a_file(bundle: Bundle, texts: Path, tmp_path: Path) -> None:
    proposals, into = tmp_path / "proposals.jsonl", tmp_path / "mine.jsonl"
    shown = run(bundle, texts, "--out", proposals, "--into", into, "--propose", 3)
    assert "3 of 6 texts proposed" in " ".join(shown.output.split())
    rows = records(proposals)
    assert {row["label"] for row in rows} == {None}
    answered = [{**row, "label": label} for row, label in zip(rows, ("p", None, "negative"), strict=True)]
    proposals.write_text("".join(json.dumps(row) + "\n" for row in answered))
    assert "2 answers written" in run(bundle, "--answers", proposals, "--into", into).output
    assert "0 answers written" in run(bundle, "--answers", proposals, "--into", into).output
    assert [(row["id"], row["label"]) for row in records(into)] == [
        (rows[0]["id"], "positive"),
        (rows[2]["id"], "negative"),
    ]


def test_options_that_do_not_go_together_are_refused(bundle: Bundle, texts: Path) -> None:
    for arguments, message in (
        ((), "give TEXTS to be asked about, or --answers"),
        ((texts, "--answers", texts), "give TEXTS to be asked about, or --answers"),
        (("--answers", texts, "--out", texts), "--answers proposes nothing"),
        (("-",), "leave no terminal to ask in"),
    ):
        shown = run(bundle, *arguments)
        assert shown.exit_code == 2
        assert message in " ".join(shown.output.replace("│", " ").split())
