"""Unlabelled streams: what is read, what counts as a repeat, and which texts a cap keeps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from training.data.registry import data_root, load_registry, permitted_sets
from training.data.unlabelled import StreamCounts, UnlabelledSource, load_sources, load_unlabelled
from training.errors import ConfigError, DataError

SOURCES = {
    "tweets": UnlabelledSource("tweets", "tweets.jsonl", ("en",), "MIT", restricted=False),
    "news": UnlabelledSource("news", "news.jsonl", ("en",), "none stated", restricted=True, text="title"),
}


def write(root: Path, name: str, field: str, texts: Sequence[str]) -> None:
    rows = [{"id": f"{name}-{index}", field: text} for index, text in enumerate(texts)]
    (root / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_texts_are_cleaned_and_come_once(tmp_path: Path) -> None:
    write(
        tmp_path, "tweets", "text", ["Oil up 3% https://x.test/1", "oil UP 4%!", "12.5", "<b>Gold</b> falls", "$ @user"]
    )
    write(tmp_path, "news", "title", ["Gold falls.", "Fed waits"])
    texts, counts = load_unlabelled({"tweets": 10, "news": 10}, SOURCES, tmp_path)
    assert [(one.id, one.text, one.source) for one in texts] == [
        ("tweets-0", "Oil up 3%", "tweets"),
        ("tweets-3", "Gold falls", "tweets"),
        ("tweets-4", "$ @user", "tweets"),
        ("news-1", "Fed waits", "news"),
    ]
    assert counts == {
        "tweets": StreamCounts(read=5, empty=1, repeated=1, over_cap=0, kept=3),
        "news": StreamCounts(read=2, empty=0, repeated=1, over_cap=0, kept=1),
    }


def test_a_cap_keeps_the_same_sample_whatever_comes_later(tmp_path: Path) -> None:
    words = [f"word{chr(97 + index)}" for index in range(20)]
    write(tmp_path, "tweets", "text", words)
    few, counts = load_unlabelled({"tweets": 5}, SOURCES, tmp_path)
    more, _ = load_unlabelled({"tweets": 10}, SOURCES, tmp_path)
    assert (counts["tweets"].kept, counts["tweets"].over_cap) == (5, 15)
    assert {one.text for one in few} < {one.text for one in more}
    assert [one.text for one in more] == sorted(one.text for one in more)
    assert [one.text for one in more] != words[:10]


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown stream 'x'; registered are \['news', 'tweets'\]"):
        load_unlabelled({"x": 1}, SOURCES, tmp_path)
    with pytest.raises(ConfigError, match=r"tweets: no file tweets\.jsonl under the data root"):
        load_unlabelled({"tweets": 1}, SOURCES, tmp_path)
    write(tmp_path, "news", "text", ["a title"])
    with pytest.raises(DataError, match=r"news\.jsonl, line 1: field 'title': expected a string, got nothing"):
        load_unlabelled({"news": 1}, SOURCES, tmp_path)
    registry = tmp_path / "registry.yaml"
    registry.write_text("unlabelled: {a: {path: a.jsonl, languages: [en], licence: MIT, restricted: false, split: x}}")
    with pytest.raises(ConfigError, match=r"registry: a: unknown keys \['split'\]"):
        load_sources(registry)
    registry.write_text("unlabelled: {a: {path: a.jsonl, languages: [en], licence: MIT}}")
    with pytest.raises(ConfigError, match="KeyError: 'restricted'"):
        load_sources(registry)


def test_registered_streams_have_no_labels_and_one_is_free() -> None:
    sources = load_sources()
    assert not set(sources) & set(load_registry())
    assert permitted_sets(dict.fromkeys(sources, 1), sources, "permissive") == {"stocknet": 1}
    assert all(set(source.languages) <= {"en", "zh"} for source in sources.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(load_sources()))
def test_registered_streams_are_where_the_registry_says(name: str) -> None:
    source = load_sources()[name]
    if not (data_root() / source.path).is_file():
        pytest.skip(f"the stream {name} is not under GROUNDSWELL_DATA")
    texts, counts = load_unlabelled({name: 20}, {name: source}, data_root())
    assert counts[name].kept == len(texts) == 20
