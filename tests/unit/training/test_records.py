"""CSV files and datasets give the same rows as JSON Lines."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.domain.errors import InvalidInput
from training.data.hub_records import hub_records
from training.data.registry import load_registry
from training.data.rows import Row, read_rows
from training.data.sources import read_set
from training.errors import ConfigError, DataError

REGISTRY = load_registry()
CSV = '\ufeffid,text,label,lang\r\na,"Shares, ""down""\r\nagain",negative,en\r\n,Flat,neutral,\r\n'
EXPECTED = [
    Row("a", 'Shares, "down"\r\nagain', ("negative",), "en", 2),
    Row("news-4", "Flat", ("neutral",), "und", 4),
]


def test_plain_and_gzip_csv_give_rows(tmp_path: Path) -> None:
    (tmp_path / "news.csv").write_bytes(CSV.encode())
    (tmp_path / "news.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    assert list(read_rows(tmp_path / "news.csv")) == EXPECTED
    assert list(read_rows(tmp_path / "news.csv.gz")) == EXPECTED


def test_several_labels_are_separated_by_bars(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,labels\nx,公司|外汇\ny,\n", encoding="utf-8")
    assert [row.labels for row in read_rows(tmp_path / "t.csv", multi=True)] == [("公司", "外汇"), ()]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,label\n1,x\n", r"t\.csv, line 1: field '\(heading\)': expected a column text, got id, label"),
        (b"", "expected a column text"),
        (b"text,label\nx,y\nz\n", r"line 3: field '\(line\)': expected 2 columns, got more or fewer"),
        (b"text,label\nx,y,z\n", "line 2: .*expected 2 columns"),
        (b"text,label\nx,\xff\n", "line 2: .*expected UTF-8"),
        (b"text,label\nx,\n", "line 2: field 'label': expected a string, got nothing"),
        (b'text,label\n"x"y,z\n', "line 2: .*expected CSV"),
    ],
)
def test_wrong_csv_lines_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        list(read_rows(tmp_path / "t.csv"))


def test_a_damaged_csv_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(CSV.encode())[:-9])
    with pytest.raises(InvalidInput, match=r"t\.csv\.gz"):
        list(read_rows(tmp_path / "t.csv.gz"))


def test_a_set_may_be_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    names = ["negative", "neutral", "positive"]
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=names)})
    table = datasets.Dataset.from_dict({"text": ["Up", "Down"], "label": [2, 0]}, features=features)
    folder = tmp_path / "owner" / "news"
    folder.mkdir(parents=True)
    table.to_parquet(str(folder / "train.parquet"))
    spec = replace(REGISTRY["fpb"], path="", hub=str(folder), split="train")
    assert read_set(spec, tmp_path) == [
        Row("news-1", "Up", ("positive",), "und", 1),
        Row("news-2", "Down", ("negative",), "und", 2),
    ]
    with pytest.raises(ConfigError, match="split test"):
        read_set(replace(spec, split="test"), tmp_path)
    with pytest.raises(ConfigError, match="absent"):
        read_set(replace(spec, hub=str(tmp_path / "absent")), tmp_path)


class Dataset:
    """What the reader asks of a dataset: the features of its columns, and its rows."""

    def __init__(self, features: dict[str, object], rows: list[dict[str, object]]) -> None:
        self.features = features
        self._rows = rows

    def __iter__(self) -> Iterator[dict[str, object]]:
        return iter(self._rows)


def hub(monkeypatch: pytest.MonkeyPatch, load: Callable[..., Dataset]) -> None:
    """The library `datasets`, of which only what the reader calls is there."""
    errors = SimpleNamespace(DatasetsError=type("DatasetsError", (Exception,), {}))
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load, exceptions=errors))


def test_numbers_of_class_labels_become_names(monkeypatch: pytest.MonkeyPatch) -> None:
    names = SimpleNamespace(names=["bearish", "bullish"])
    features = {"text": SimpleNamespace(), "label": names, "labels": SimpleNamespace(feature=names), "lang": object()}
    rows: list[dict[str, object]] = [
        {"text": "Up", "label": 1, "labels": [0, 1], "lang": None},
        {"text": "?", "label": -1, "labels": [], "lang": "en"},
    ]
    hub(monkeypatch, lambda name, split: Dataset(features, rows if (name, split) == ("owner/news", "test") else []))
    assert list(hub_records("owner/news", "test")) == [
        (1, {"id": "news-1", "text": "Up", "label": "bullish", "labels": ["bearish", "bullish"]}),
        (2, {"id": "news-2", "text": "?", "label": "(no label)", "labels": [], "lang": "en"}),
    ]


@pytest.mark.parametrize("kind", [ConnectionError, ValueError])
def test_a_dataset_that_cannot_be_had_is_named(monkeypatch: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    def load(name: str, split: str) -> Dataset:
        raise kind(f"no {name}")

    hub(monkeypatch, load)
    with pytest.raises(ConfigError, match=rf"hub: owner/news, split test: {kind.__name__}: no owner/news"):
        list(hub_records("owner/news", "test"))


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    spec = replace(REGISTRY["fpb"], path="", hub="owner/news", split="train")
    with pytest.raises(ConfigError, match=r"groundswell\[hub\]"):
        read_set(spec, tmp_path)


def test_a_set_is_a_file_or_a_split_of_a_dataset(tmp_path: Path) -> None:
    for path, hub, split in (("", "", ""), ("a", "b", ""), ("a", "b", "c"), ("", "b", ""), ("a", "", "c")):
        with pytest.raises(ConfigError, match="expected a path, or a hub and a split"):
            replace(REGISTRY["fpb"], path=path, hub=hub, split=split)
    file = tmp_path / "registry.yaml"
    file.write_text(
        "sets: {x: {hub: owner/news, split: train, languages: [en], licence: MIT, restricted: false, topics: single}}"
    )
    assert (load_registry(file)["x"].hub, load_registry(file)["x"].split) == ("owner/news", "train")
