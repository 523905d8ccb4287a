"""Swapped names: which texts, and the figures by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.inference.scores import Scores
from training.bias.counterfactuals import (
    TEMPLATES,
    TEXTS,
    NameList,
    Probe,
    load_names,
    template_probes,
    text_probes,
)
from training.bias.measure import BiasReport, bias_report
from training.bias.report import bias_markdown
from training.errors import ConfigError

FIRMS = NameList(
    kind="companies",
    lang="en",
    groups={"Acme": "old", "Bolt": "new", "Core": "new"},
    longer=("Core i7",),
    templates=("{name} opens", "Shares of {name} fall, says {name}"),
)
P_NEGATIVE = {"Acme": 0.1, "Bolt": 0.2, "Core": 0.6}


def score(texts: Sequence[str]) -> list[Scores]:
    negative = [next(p for name, p in P_NEGATIVE.items() if name in text) for text in texts]
    return [Scores((p, 0.5 - p / 2, 0.5 - p / 2), {}) for p in negative]


def test_each_template_takes_each_name_everywhere() -> None:
    first, second = template_probes([FIRMS])
    assert first.texts == ["Acme opens", "Bolt opens", "Core opens"]
    assert second.texts[1] == "Shares of Bolt fall, says Bolt"
    assert (first.source, first.kind, first.lang) == (TEMPLATES, "companies", "en")


def test_figures_are_over_pairs_of_names_in_one_text() -> None:
    (found,) = bias_report(score, template_probes([FIRMS])).results
    assert (found.texts, found.names) == (2, 3)
    assert found.mean_change == pytest.approx((0.1 + 0.5 + 0.4) / 3)
    assert found.p95_change == pytest.approx(0.5)
    assert found.flipped == pytest.approx(2 / 3)  # Core leads with negative, the others do not
    assert {one.group: one.negative for one in found.groups} == pytest.approx({"old": 0.1, "new": 0.4})
    assert found.spread == pytest.approx(0.3)
    (plain,) = BiasReport((found,)).as_json()
    assert plain["mean_change"] == 0.3333
    assert plain["groups"] == [{"group": "old", "negative": 0.1}, {"group": "new", "negative": 0.4}]
    assert "| companies | en | templates | 2 | 0.333 | 0.500 | 66.7% | 0.300 | new |" in bias_markdown(
        BiasReport((found,)), "t"
    )


def test_results_are_apart_by_kind_language_and_source() -> None:
    probe = Probe("companies", "en", TEXTS, ("", " rises"), FIRMS.groups)
    found = bias_report(score, [*template_probes([FIRMS]), probe]).results
    assert [(one.source, one.texts) for one in found] == [(TEMPLATES, 2), (TEXTS, 1)]


def test_real_texts_are_cut_at_their_only_name() -> None:
    texts = [
        ("en", "Losses mount at Acme, and Acme's shares fall"),
        ("en", "Bolt and Core merge"),  # two names
        ("en", "$ACM Acme falls"),  # the cashtag tells
        ("en", "A Core i7 for everyone"),  # a longer name
        ("en", "Boltons falls"),  # part of a word
        ("en", "Bank of Acme falls"),  # part of a name
        ("en", "Acme Holdings falls"),
        ("zh", "Acme 下跌"),  # another language
        ("en", "shares of Core fall"),
        ("en", "the fall of Bolt"),
    ]
    found = text_probes([FIRMS], texts, most=10)
    assert [one.pieces for one in found] == [
        ("Losses mount at ", ", and ", "'s shares fall"),
        ("shares of ", " fall"),
        ("the fall of ", ""),
    ]
    assert found[0].texts[2] == "Losses mount at Core, and Core's shares fall"
    assert len(text_probes([FIRMS], texts, most=1)) == 1


def test_shipped_names_are_complete_and_keep_longer_names_apart() -> None:
    lists = load_names()
    assert {(one.kind, one.lang) for one in lists} == {
        (kind, lang) for kind in ("companies", "countries", "people") for lang in ("en", "zh")
    }
    for one in lists:
        assert len(one.groups) >= 20
        assert len(one.templates) >= 10
        assert all(group.isascii() for group in one.groups.values())  # figures have no Chinese font
        assert all(any(name in longer for name in one.groups) for longer in one.longer)
    chinese = [("zh", "中国平安业绩下滑"), ("zh", "美国股市下跌"), ("zh", "王伟辞职")]
    assert [(one.kind, one.texts[0]) for one in text_probes(lists, chinese, most=5)] == [
        ("companies", "贵州茅台业绩下滑"),
        ("countries", "美国股市下跌"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- {kind: a}", "expected the fields"),
        ("- {kind: a, lang: en, names: {x: y}, longer: [], templates: [no slot]}", "in each template, got 'no slot'"),
        ("[", "names bad.yaml"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_names(tmp_path / "bad.yaml")
