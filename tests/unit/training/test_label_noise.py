"""Confident learning finds flipped labels; the command lists them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from typer.testing import CliRunner

from services.cli import app
from services.inference.manifest import TopicLabel
from tests.harness import tiny_bundle
from training.data.taxonomy import load_taxonomy
from training.label_noise.confident_learning import confident_classes, confident_joint, suspects

LABELS = [0, 0, 0, 1, 1, 1]
PROBABILITIES = [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.62, 0.38], [0.3, 0.7]]


def test_thresholds_are_the_mean_confidence_of_each_class() -> None:
    # class 0: (0.9 + 0.8 + 0.1) / 3 = 0.6; class 1: (0.8 + 0.38 + 0.7) / 3 = 0.627
    assert confident_classes(LABELS, PROBABILITIES).tolist() == [0, 0, 1, 1, 0, 1]
    assert confident_joint(LABELS, PROBABILITIES).tolist() == [[2, 1], [1, 2]]


def test_suspects_come_by_margin() -> None:
    found = suspects(LABELS, PROBABILITIES)
    assert [(one.row, one.label, one.suggested) for one in found] == [(2, 0, 1), (4, 1, 0)]
    assert [one.margin for one in found] == pytest.approx([0.8, 0.24])


def test_an_unsure_row_or_an_unused_class_is_no_suspect() -> None:
    unused = [[0.4, 0.1, 0.5], [0.8, 0.2, 0.0], [0.1, 0.8, 0.1]]
    assert confident_classes([0, 0, 1], unused).tolist() == [-1, 0, 1]
    assert suspects([0, 0, 1], unused) == []
    assert suspects([], np.zeros((0, 3))) == []


def test_exactly_the_flipped_labels_of_sure_rows_are_found() -> None:
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 3, 3_000)
    sure = generator.random(3_000) < 0.7
    values = np.where(sure, 0.05, 0.2)[:, None].repeat(3, axis=1)
    values[np.arange(3_000), truth] = np.where(sure, 0.9, 0.6)
    flipped = set(range(0, 3_000, 20))
    labels = [(int(one) + 1) % 3 if row in flipped else int(one) for row, one in enumerate(truth)]
    found = {one.row for one in suspects(labels, values)}
    assert found == {row for row in flipped if sure[row]}  # 0.6 is below the mean confidence of about 0.78


@pytest.mark.parametrize(
    ("labels", "values", "message"),
    [([0], [[0.5, 0.5]] * 2, r"\(1, classes\), got \(2, 2\)"), ([2], [[0.5, 0.5]], "labels from 0 to 1, got 2 to 2")],
)
def test_wrong_shapes_and_labels_are_named(labels: list[int], values: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        suspects(labels, values)


def test_command_lists_doubtful_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topics = tuple(TopicLabel(name, name, name, ("en",)) for name in load_taxonomy().ids)
    thresholds = {topic.id: 0.5 for topic in topics}
    described = structs.replace(
        tiny_bundle.describe(), topics=topics, topic_thresholds=thresholds, training_data=[{"name": "fpb"}]
    )
    monkeypatch.setattr(tiny_bundle, "TOPICS", topics)
    monkeypatch.setattr(tiny_bundle, "BIAS", (0.0, 1.0, 0.0, *[-4.0] * len(topics)))
    monkeypatch.setattr(tiny_bundle, "describe", lambda *_: described)
    bundle = tiny_bundle.tiny_bundle(tmp_path).folder
    tones = {"negative": "bad", "neutral": "shares", "positive": "good"}
    rows = [(f"{word} {'the ' * count}end", tone) for tone, word in tones.items() for count in range(1, 5)]
    rows.append(("good good the end", "negative"))
    path = tmp_path / "data/fpb/train.jsonl.gz"
    path.parent.mkdir(parents=True)
    lines = [
        json.dumps({"id": str(n), "text": text, "label": tone, "lang": "en"}) for n, (text, tone) in enumerate(rows)
    ]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path / "data"))
    out = tmp_path / "suspects.jsonl"
    ran = CliRunner().invoke(app, ["noise", str(bundle), "fpb", "--out", str(out), "--threads", "1"])
    assert ran.exit_code == 0, ran.output
    (found,) = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert (found["id"], found["line"], found["label"], found["suggested"]) == ("12", 13, "negative", "positive")
    assert found["margin"] == pytest.approx(
        found["probabilities"]["positive"] - found["probabilities"]["negative"], abs=1e-5
    )
    assert "1 of 13 labels are doubtful" in " ".join(ran.output.split())
    assert "optimistic" in ran.output
