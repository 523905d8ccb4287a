"""The registry and the taxonomy are complete and agree with each other and with the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.data.registry import SENTIMENTS, data_root, load_registry
from training.data.rows import read_rows
from training.data.taxonomy import load_taxonomy
from training.errors import ConfigError
from training.metrics.label_space import label_spaces

REGISTRY = load_registry()
TAXONOMY = load_taxonomy()

TWITTER = {
    *("Analyst Update", "Fed | Central Banks", "Company | Product News", "Treasuries | Corporate Debt"),
    *("Dividend", "Earnings", "Energy | Oil", "Financials", "Currencies", "General News | Opinion"),
    *("Gold | Metals | Materials", "IPO", "Legal | Regulation", "M&A | Investments", "Macro", "Markets"),
    *("Politics", "Personnel Change", "Stock Commentary", "Stock Movement"),
}
FINNL = {
    "公司",
    "行业",
    "大盘",
    "中国",
    "外国",
    "国际",
    "经济",
    "政策",
    "政治",
    "期货",
    "债券",
    "房地产",
    "外汇",
    "虚拟货币",
    "新冠",
    "能源",
}


def test_taxonomy_has_between_24_and_30_topics() -> None:
    assert 24 <= len(TAXONOMY.topics) <= 30


@pytest.mark.parametrize(("name", "labels"), [("twitter_fin_topic", TWITTER), ("fincuge_finnl", FINNL)])
def test_every_topic_label_has_a_topic_of_its_own(name: str, labels: set[str]) -> None:
    label_map = TAXONOMY.label_map(name)
    assert set(label_map) == labels
    assert len(set(label_map.values())) == len(labels)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Macro", "经济"),
        ("Politics", "政治"),
        ("Markets", "大盘"),
        ("Treasuries | Corporate Debt", "债券"),
        ("Currencies", "外汇"),
        ("Energy | Oil", "能源"),
        ("Company | Product News", "公司"),
    ],
)
def test_labels_that_mean_the_same_share_a_topic(english: str, chinese: str) -> None:
    twitter, finnl = TAXONOMY.label_map("twitter_fin_topic"), TAXONOMY.label_map("fincuge_finnl")
    assert twitter[english] == finnl[chinese]


def test_fraud_is_known_from_the_event_set() -> None:
    index = TAXONOMY.ids.index("fraud_misconduct")
    assert TAXONOMY.label_map("cn_event_ccks2019")["财务造假"] == index
    assert index in TAXONOMY.ruled_out("twitter_fin_topic", "Dividend")
    assert index not in TAXONOMY.ruled_out("twitter_fin_topic", "Legal | Regulation")


def test_every_set_of_the_taxonomy_is_registered_with_topics() -> None:
    named = {name for topic in TAXONOMY.topics for name in (*topic.labels, *topic.absent)}
    assert named == {name for name, spec in REGISTRY.items() if spec.topics != "none"}


def test_partly_labelled_sets_leave_out_what_they_do_not_know() -> None:
    negative, neutral, positive = range(3)
    assert REGISTRY["stockemotions"].classes == (negative, positive)
    assert REGISTRY["fincuge_finnsp"].sentiment["not_negative"] == (neutral, positive)
    assert REGISTRY["cn_event_ccks2019"].classes == (negative, neutral, positive)
    assert SENTIMENTS == ("negative", "neutral", "positive")


def test_every_set_can_be_read_in_its_own_labels() -> None:
    tasks = {name: tuple(space.task for space in label_spaces(spec, TAXONOMY)) for name, spec in REGISTRY.items()}
    assert {len(found) for found in tasks.values()} == {1, 2}
    both = {name for name, found in tasks.items() if found == ("sentiment", "entities")}
    assert both == {"sentfin", "finentity", "fiqa_sa", "fincuge_finnsp"}


def test_unknown_class_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "registry.yaml"
    path.write_text("sets: {x: {path: x, languages: [en], licence: MIT, restricted: false, sentiment: {a: [bad]}}}")
    with pytest.raises(ConfigError, match="'bad'"):
        load_registry(path)


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_label_of_the_data_is_known(name: str) -> None:
    spec = REGISTRY[name]
    path = data_root() / spec.path
    if not path.is_file():
        pytest.skip(f"the data set {name} is not on this machine (GROUNDSWELL_DATA)")
    known = {*spec.sentiment, *TAXONOMY.label_map(name), *spec.ignored}
    rows = list(read_rows(path, multi=spec.topics == "multi"))
    assert {label for row in rows for label in row.labels} <= known
    assert {row.lang for row in rows} <= set(spec.languages)
