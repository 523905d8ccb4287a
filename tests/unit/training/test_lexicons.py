"""Lexicon baselines by hand-counted words."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from training.data.registry import load_registry
from training.data.taxonomy import load_taxonomy
from training.errors import DataError
from training.evaluation.baselines import baselines
from training.evaluation.lexicons import jiang, loughran_mcdonald, vader
from training.evaluation.lexicons.available import load_lexicons
from training.evaluation.lexicons.lexicon import Lexicon
from training.metrics.label_space import label_spaces
from training.metrics.predictions import Prediction

GOOD, BAD = frozenset({"gain", "strong"}), frozenset({"loss", "weak"})
WORDS = jiang.Words(frozenset({"增长", "利好"}), frozenset({"亏损", "下跌", "增长放缓"}))


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Strong gain after LOSS", 1 / 3),
        ("not a strong gain", 0.0),
        ("no one there saw it: a gain", 1.0),
        ("never weak", -1.0),
        ("nothing", 0.0),
    ],
    ids=["two against one", "negated", "negation too far away", "negative words stay", "no word"],
)
def test_loughran_mcdonald(text: str, score: float) -> None:
    assert loughran_mcdonald.score(text, GOOD, BAD) == pytest.approx(score)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("利好，净利增长，股价下跌", 1 / 3),
        ("增长放缓", -1.0),
        ("公司没有亏损", 1.0),
        ("并非没有亏损", -1.0),
        ("不过市场仍预计亏损", -1.0),
        ("公告", 0.0),
    ],
    ids=["two against one", "the longest match", "negated", "negated twice", "negation too far away", "no word"],
)
def test_jiang(text: str, score: float) -> None:
    assert jiang.score(text, WORDS) == pytest.approx(score)


def test_vader_has_the_thresholds_of_its_authors() -> None:
    lexicon = vader.load()
    assert [lexicon.sentiment(text) for text in ("terrible results", "the results", "great results")] == [0, 1, 2]
    edge = Lexicon("x", "en", 0.05, float)
    assert [edge.sentiment(text) for text in ("-0.05", "-0.04", "0.04", "0.05")] == [0, 1, 1, 2]


def test_lexicons_are_read_from_the_data_root(tmp_path: Path) -> None:
    found, missing = load_lexicons(tmp_path)
    assert ([one.name for one in found], missing) == (["VADER"], [loughran_mcdonald.FILE, jiang.FILE])
    (tmp_path / "lexicons").mkdir()
    rows = [("亏损", "negative"), ("增长", "positive"), ("波动", "positive"), ("波动", "negative"), ("公司", None)]
    content = "".join(json.dumps({"text": word, "label": label}) + "\n" for word, label in rows)
    (tmp_path / jiang.FILE).write_bytes(gzip.compress(content.encode()))
    found, missing = load_lexicons(tmp_path)
    assert missing == [loughran_mcdonald.FILE]
    assert [found[1].score(text) for text in ("亏损", "增长", "波动", "公司")] == [-1.0, 1.0, 0.0, 0.0]
    (tmp_path / jiang.FILE).write_bytes(gzip.compress(b'{"label": "negative"}\n'))
    with pytest.raises(DataError, match=r"zh_jiang2020\.jsonl\.gz, line 1: field 'text': expected a word, got None"):
        load_lexicons(tmp_path)


def test_baselines_answer_in_the_labels_of_the_set() -> None:
    space = label_spaces(load_registry()["stockemotions"], load_taxonomy())[0]
    texts = ["loss", "gain", "nothing", "亏损", "weak loss"]
    langs = ["en", "en", "en", "zh", "und"]
    gold = ["negative", "negative", "positive", "positive", "negative"]
    rows = [
        Prediction(str(index), lang, (label,), (label,), (label,), {}, index)
        for index, (lang, label) in enumerate(zip(langs, gold, strict=True))
    ]
    english = Lexicon("LM", "en", 0.1, lambda text: loughran_mcdonald.score(text, GOOD, BAD))
    other = Lexicon("French", "fr", 0.1, lambda _: 1.0)
    assert baselines(space, rows, texts, [english, other]) == {
        "majority": [("negative",)] * 5,
        # neutral is no label of the set, and the fourth text is Chinese: the most frequent label
        "LM": [("negative",), ("positive",), ("negative",), ("negative",), ("negative",)],
    }
