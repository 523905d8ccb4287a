"""Reading, cleaning, merging and capping of labelled rows."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from training.config import TrainConfig
from training.data.corpus import build_corpus, cap_rows
from training.data.examples import merge_repeats, prepare, to_example
from training.data.near_duplicates import near_duplicate_key
from training.data.registry import load_registry
from training.data.rows import Row, read_rows
from training.data.taxonomy import load_taxonomy
from training.errors import ConfigError, DataError

REGISTRY = load_registry()
TAXONOMY = load_taxonomy()


def _row(text: str, *labels: str, row_id: str = "1") -> Row:
    return Row(id=row_id, text=text, labels=labels, lang="en", line=1)


def test_plain_and_gzip_files_read_alike(tmp_path: Path) -> None:
    content = b'{"id": "a", "text": "x", "label": "neutral", "lang": "en"}\n\n'
    (tmp_path / "a.jsonl").write_bytes(content)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(content))
    expected = [Row(id="a", text="x", labels=("neutral",), lang="en", line=1)]
    assert list(read_rows(tmp_path / "a.jsonl")) == expected
    assert list(read_rows(tmp_path / "a.jsonl.gz")) == expected


def test_a_row_keeps_its_source(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "Flat", "label": "neutral", "source": source} for source in ("wire", None)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    named, unnamed = read_rows(tmp_path / "a.jsonl")
    assert (named.source, unnamed.source) == ("wire", "")
    (kept,) = merge_repeats([named, unnamed], rule="drop").rows
    assert to_example(kept, REGISTRY["fpb"], TAXONOMY).source == "wire"


@pytest.mark.parametrize(
    ("line", "multi", "message"),
    [
        (b"{", False, r"a\.jsonl, line 2: field '\(line\)': expected a JSON object, got invalid_json"),
        (b"\xff{}", False, "got invalid_utf8"),
        (b"[1]", False, "expected a JSON object, got invalid_json"),
        (b'{"id": "b", "text": 3, "label": "x"}', False, "'text': expected a string, got int"),
        (b'{"id": "b", "text": "t"}', False, "'label': expected a string, got nothing"),
        (b'{"id": "b", "text": "t", "labels": "x"}', True, "'labels': expected a list of strings, got str"),
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, line: bytes, multi: bool, message: str) -> None:
    good = json.dumps({"id": "a", "text": "x", "labels" if multi else "label": ["y"] if multi else "y"})
    path = tmp_path / "a.jsonl"
    path.write_bytes(good.encode() + b"\n" + line + b"\n")
    with pytest.raises(DataError, match=message):
        list(read_rows(path, multi=multi))


def test_repeats_go_and_conflicts_are_counted() -> None:
    rows = [
        _row("Shares  fall", "negative", row_id="a"),
        _row("Shares fall https://t.co/1", "negative", row_id="b"),
        _row("Flat", "neutral"),
        _row("Flat", "positive"),
        _row("https://t.co/2", "neutral"),
    ]
    merged = merge_repeats(rows, rule="drop")
    assert [(row.id, row.text) for row in merged.rows] == [("a", "Shares fall")]
    assert (merged.empty, merged.repeated, merged.conflicting) == (1, 1, 2)


def test_a_majority_settles_conflicts_and_ties_are_dropped() -> None:
    texts = {"Most": ["neutral", "positive", "positive"], "Tie": ["neutral", "positive"], "Half": list("aabc")}
    rows = [_row(text, label, row_id=f"{text}{n}") for text, labels in texts.items() for n, label in enumerate(labels)]
    merged = merge_repeats(rows, rule="majority")
    assert [(row.id, row.labels) for row in merged.rows] == [("Most1", ("positive",))]
    assert (merged.resolved, merged.conflicting, merged.repeated) == (1, 6, 2)
    assert len(rows) == len(merged.rows) + merged.conflicting + merged.repeated
    assert REGISTRY["fincuge_finfe"].repeats == "majority"


def test_near_duplicates_of_training_rows_leave_the_development_split(tiny_config: TrainConfig, tmp_path: Path) -> None:
    long = "the company said that its profit in the last quarter was "
    rows = [{"id": str(n), "text": long + chr(97 + n), "label": "neutral", "lang": "en"} for n in range(20)]
    rows += [
        {"id": str(n), "text": "word " * 4 + chr(97 + n) * 9, "label": "neutral", "lang": "en"} for n in range(20, 26)
    ]
    path = tmp_path / "fpb/train.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    corpus = build_corpus(tiny_config.replace(sets={"fpb": 100}), REGISTRY, TAXONOMY, tmp_path)
    assert {one.text for one in corpus.train} >= {long + chr(97 + n) for n in range(20)}
    counts = corpus.counts["fpb"]
    assert counts.regrouped > 0
    assert counts.train + counts.dev == 26


def test_a_grouped_set_has_each_group_on_one_side(tiny_config: TrainConfig, tmp_path: Path) -> None:
    random = Random(1)
    texts = ["".join(random.choices("abcdefghij", k=12)) for _ in range(620)]
    rows = [{"id": text, "text": text, "label": "neutral", "company": f"c{n % 30}"} for n, text in enumerate(texts)]
    for row in rows[600:]:
        del row["company"]
    path = tmp_path / "fpb/train.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    company = {row["text"]: row.get("company") for row in rows}

    def sides(group: str) -> list[set[str | None]]:
        registry = {"fpb": replace(REGISTRY["fpb"], group=group)}
        corpus = build_corpus(tiny_config.replace(sets={"fpb": 1_000}), registry, TAXONOMY, tmp_path)
        assert len(corpus.train) > len(corpus.dev) > 50
        return [{company[one.text] for one in side} - {None} for side in (corpus.train, corpus.dev)]

    apart, mixed = sides("company"), sides("")
    assert apart[0] | apart[1] == {f"c{n}" for n in range(30)}
    assert not apart[0] & apart[1]
    assert mixed[0] & mixed[1]


def test_repeats_of_an_event_set_unite_their_labels() -> None:
    merged = merge_repeats([_row("t", "财务造假"), _row("t", "业绩下滑")], rule="union")
    assert merged.rows[0].labels == ("财务造假", "业绩下滑")
    example = to_example(merged.rows[0], REGISTRY["cn_event_ccks2019"], TAXONOMY)
    assert {TAXONOMY.ids[index] for index in example.topics} == {"fraud_misconduct", "earnings"}
    assert example.allowed == (0,)
    assert example.classes == (0, 1, 2)


def test_targets_of_each_kind_of_set() -> None:
    single = to_example(_row("t", "Macro"), REGISTRY["twitter_fin_topic"], TAXONOMY)
    assert single.exclusive
    assert len(single.known) == 21  # its twenty topics, and fraud, which Macro rules out
    multi = to_example(_row("t", "公司", "外国"), REGISTRY["fincuge_finnl"], TAXONOMY)
    assert (len(multi.topics), len(multi.known), multi.exclusive, multi.allowed) == (2, 16, False, ())
    mixed = to_example(_row("t", "mixed"), REGISTRY["sentfin"], TAXONOMY)
    assert not mixed.teaches


def test_cap_takes_from_the_largest_class_first() -> None:
    spec = REGISTRY["fpb"]
    rows = [_row(f"n{i}", "neutral") for i in range(50)] + [_row(f"p{i}", "positive") for i in range(5)]
    examples = [to_example(row, spec, TAXONOMY) for row in rows]
    kept = cap_rows(examples, 20)
    assert [example.labels[0] for example in kept].count("positive") == 5
    assert len(kept) == 20
    assert cap_rows(examples[::-1], 20) == kept[::-1]


def test_splits_share_no_near_duplicate(tiny_config: TrainConfig, tiny_data: Path) -> None:
    corpus = build_corpus(tiny_config, REGISTRY, TAXONOMY, tiny_data)
    keys = [{near_duplicate_key(one.text) for one in side} for side in (corpus.train, corpus.dev)]
    assert all(keys)
    assert not keys[0] & keys[1]
    counts = corpus.counts["fpb"]
    assert counts.train + counts.dev + counts.repeated + counts.over_cap == counts.read == 120


def test_missing_file_and_unknown_label_are_named(tiny_config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="GROUNDSWELL_DATA"):
        build_corpus(tiny_config, REGISTRY, TAXONOMY, tmp_path)
    (tmp_path / "fpb").mkdir()
    row = json.dumps({"id": "1", "text": "t", "label": "bullish"}).encode()
    (tmp_path / "fpb/train.jsonl.gz").write_bytes(gzip.compress(row))
    with pytest.raises(DataError, match=r"line 1: field 'label': expected one of .*, got 'bullish'"):
        build_corpus(tiny_config, REGISTRY, TAXONOMY, tmp_path)


def test_training_texts_are_what_serving_gives_the_model() -> None:
    assert prepare("<b>$AAPL</b> ＤＯＷＮ &amp; out  @a @b see https://t.co/x") == "$AAPL DOWN & out @user see"
