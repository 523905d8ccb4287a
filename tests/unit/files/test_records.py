"""read_records: JSON in its forms, CSV and Parquet, each record with its place, whatever the bytes are."""

from __future__ import annotations

import gzip
import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.errors import InvalidInput
from services.files import jsonl
from services.files.json_values import split_values
from services.files.jsonl import BadLine, GoodLine
from services.files.records import read_records, stem

ROWS = [{"text": '钢厂 "减产", [急]'}, {"text": "b]}", "n": [1, {"x": '\\"'}]}]


def _read(folder: Path, name: str, data: bytes) -> list[tuple[int, object]]:
    path = folder / name
    path.write_bytes(data)
    return [(line.number, line.record if isinstance(line, GoodLine) else line.reason) for line in read_records(path)]


def _json(indent: int | None = None) -> str:
    return json.dumps(ROWS, ensure_ascii=False, indent=indent)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (_json(), (1, 1)),
        (_json(2), (2, 5)),
        ("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), (1, 2)),
        ("\n".join(json.dumps(row, ensure_ascii=False, indent=1) for row in ROWS), (1, 4)),
    ],
    ids=["list", "list over lines", "lines", "objects over lines"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_json_in_its_forms(tmp_path: Path, text: str, numbers: tuple[int, int], encoding: str) -> None:
    data = text.encode(encoding)
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    expected = list(zip(numbers, ROWS, strict=True))
    assert _read(tmp_path, "a.json", data) == expected
    assert _read(tmp_path, "a.json.gz", gzip.compress(data)) == expected


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"[]", []),
        (b'[{"a": 1}, 5, {"a": ]', [(1, {"a": 1}), (1, "invalid_json"), (1, "invalid_json")]),
        (b'[{"a": 1},\n{"a": "cut off', [(1, {"a": 1}), (2, "invalid_json")]),
        (b'["a"]\n{"a": 1}\n{"a": 2}\n', [(1, "invalid_json"), (2, {"a": 1}), (3, {"a": 2})]),
        (b'[{"a": "\xff"}, {"a": 1}]', [(1, "invalid_utf8"), (1, {"a": 1})]),
        (b'{"a": "cut\n{"a": 1}\n', [(1, "invalid_json"), (2, {"a": 1})]),
        ("钢".encode("gbk") + b'\n{"a": 1}', [(1, "invalid_utf8"), (2, {"a": 1})]),
    ],
)
def test_what_is_bad_costs_no_more_than_itself(tmp_path: Path, data: bytes, found: list[tuple[int, object]]) -> None:
    assert _read(tmp_path, "a.json", data) == found


@given(st.lists(st.recursive(st.none() | st.integers() | st.text(max_size=5),
                             lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)),
                max_size=5), st.integers(1, 20), st.sampled_from([None, 1]))  # fmt: skip
def test_a_list_is_split_into_its_items_however_it_comes(items: list[object], size: int, indent: int | None) -> None:
    stream = io.BytesIO(json.dumps(items, indent=indent, ensure_ascii=False).encode("utf-8", "replace"))
    pieces = iter(lambda: stream.readline(size), b"")
    found = [json.loads(value) for _, value in split_values(pieces, 1, 10_000, "x")]
    assert found == json.loads(stream.getvalue())


def test_an_item_without_an_end_is_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 100)
    with pytest.raises(InvalidInput, match=r"a\.json line 2: expected at most 100 bytes in a value"):
        _read(tmp_path, "a.json", b'[{"a": 1},\n{"a": "' + b"x" * 200)


@pytest.mark.parametrize(
    ("data", "what"),
    [(gzip.compress(b"{}", mtime=0), "gzip data"), (b"PK\x03\x04...", "a ZIP file"), (b"PAR1...", "Parquet")],
)
def test_what_is_no_json_is_named(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(InvalidInput, match=rf"a\.jsonl: expected JSON, got {what}"):
        _read(tmp_path, "a.jsonl", data)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv(tmp_path: Path, separator: str, encoding: str) -> None:
    rows = [["标题", "text", ""], ["减产", '"two\nlines"', "left out"], [], ["", f'"a{separator} ""b"""', ""], ["x"]]
    data = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
    expected = [
        (2, {"标题": "减产", "text": "two\nlines"}),
        (5, {"text": f'a{separator} "b"'}),
        (6, "invalid_field"),
    ]
    assert _read(tmp_path, "a.csv", data) == expected
    assert _read(tmp_path, "a.TSV", data) == expected
    assert _read(tmp_path, "a.csv.gz", gzip.compress(data)) == expected


def test_csv_without_columns(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"a\.csv line 1: expected the names of the columns, got an empty line"):
        _read(tmp_path, "a.csv", b"\na,b\n")


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_bad_rows(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.csv", "any.json"):
        with suppress(InvalidInput):
            assert all(number > 0 for number, _ in _read(folder, name, data))


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet wants pyarrow")
    from datetime import UTC, datetime

    from pyarrow import parquet

    table = pyarrow.table({"text": ["减产", None], "date": [datetime(2026, 5, 1, 8, tzinfo=UTC), None], "n": [1, 2]})
    parquet.write_table(table, tmp_path / "a.parquet")
    found = list(read_records(tmp_path / "a.parquet"))
    assert found == [
        GoodLine(1, {"text": "减产", "date": "2026-05-01T08:00:00+00:00", "n": 1}),
        GoodLine(2, {"n": 2}),
    ]
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(InvalidInput, match="cannot be read as Parquet after row 0"):
        list(read_records(tmp_path / "a.parquet"))


def test_a_bad_row_keeps_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"text,kind\nonly one\n")
    (line,) = read_records(tmp_path / "a.csv")
    assert line == BadLine(2, "invalid_field", "expected 2 fields as in line 1, got 1", b"only one")


@pytest.mark.parametrize(
    ("path", "name"),
    [("x/wire.jsonl.gz", "wire"), ("wire.2026.csv", "wire.2026"), ("wire", "wire"), ("a.parquet", "a")],
)
def test_the_stem_of_a_file(path: str, name: str) -> None:
    assert stem(path) == name
