"""Probabilities read in each set's own labels."""

from __future__ import annotations

import pytest

from training.data.registry import load_registry
from training.data.rows import Row
from training.data.taxonomy import load_taxonomy
from training.metrics.label_space import LabelSpace, label_spaces
from training.metrics.predictions import predictions
from training.metrics.probabilities import Probabilities
from training.metrics.results import results

REGISTRY = load_registry()
TAXONOMY = load_taxonomy()


def _label_space(name: str) -> LabelSpace:
    return label_spaces(REGISTRY[name], TAXONOMY)[0]


def _topics(**values: float) -> list[float]:
    return [values.get(name, 0.0) for name in TAXONOMY.ids]


def test_two_class_set_compares_negative_with_positive() -> None:
    space = _label_space("stockemotions")
    own = space.probabilities([0.3, 0.5, 0.2])
    assert own == pytest.approx({"negative": 0.6, "positive": 0.4})
    assert space.predict(own, {}) == ("negative",)


def test_not_negative_is_the_rest() -> None:
    space = _label_space("fincuge_finnsp")
    own = space.probabilities([0.4, 0.35, 0.25])
    assert own == pytest.approx({"negative": 0.4, "not_negative": 0.6})
    assert space.predict(own, {}) == ("not_negative",)


def test_single_label_topics_take_the_most_probable_of_their_own() -> None:
    space = _label_space("twitter_fin_topic")
    own = space.probabilities(_topics(china=0.99, earnings=0.2, dividend=0.3))
    assert space.predict(own, {}) == ("Dividend",)
    assert len(own) == 20


def test_multi_label_topics_use_the_threshold_of_each() -> None:
    space = _label_space("fincuge_finnl")
    own = space.probabilities(_topics(china=0.45, company_news=0.45, dividend=0.99))
    assert space.predict(own, {}) == ()
    assert space.predict(own, {TAXONOMY.ids.index("china"): 0.4}) == ("中国",)


def test_labels_of_one_topic_are_read_as_one() -> None:
    space = _label_space("cn_event_ccks2019")
    assert space.gold(("涉嫌欺诈",)) == space.gold(("财务造假",))
    assert space.gold(("其他",)) is None


def test_rows_outside_the_labels_are_predicted_but_not_scored() -> None:
    space = _label_space("sentfin")
    rows = [
        Row(id=str(index), text="", labels=(label,), lang="en", line=index)
        for index, label in enumerate(["negative", "mixed", "neutral", "neutral"])
    ]
    values = Probabilities([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]], [[]] * 4, [[]] * 4)
    found = predictions(space, rows, values, {})
    assert [one.predicted for one in found] == [("negative",), ("negative",), ("neutral",), ("positive",)]
    assert found[1].as_json(multi=False)["gold"] == "mixed"
    (result,) = results(space, found)
    assert (result.outside, result.scores.rows, result.language) == (1, 3, "en")
    assert result.scores.accuracy == pytest.approx(2 / 3)
    assert result.scores.baseline_accuracy == pytest.approx(2 / 3)
    assert result.scores.macro_f1 == pytest.approx((1 + 2 / 3) / 2)


def test_each_language_is_scored_apart() -> None:
    space = _label_space("sanders_tweets")
    rows = [Row(id=lang, text="", labels=("negative",), lang=lang, line=1) for lang in ("en", "und")]
    values = Probabilities([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[], []], [[], []])
    scored = results(space, predictions(space, rows, values, {}))
    assert [(one.language, one.scores.accuracy) for one in scored] == [("all", 0.5), ("en", 1.0), ("und", 0.0)]


def test_an_empty_label_list_is_a_row_of_a_multi_label_set() -> None:
    assert _label_space("fincuge_finnl").gold(()) == ()
    assert _label_space("fincuge_finnl").gold(("公司", "外国")) == ("公司", "外国")
