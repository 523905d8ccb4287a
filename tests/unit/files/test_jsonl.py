"""The reader of JSON Lines: what it yields, line by line; the writer: whole files or none."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.domain.errors import InvalidInput
from services.files import jsonl
from services.files.jsonl import BadLine, GoodLine, open_writer
from services.files.records import read_records

MIXED = b'\xef\xbb\xbf{"id": 1}\n\n{"id": "\xff"}\nnot json\n[1]\r\n{"id": NaN}\n{"id": 2}'


def _seen(path: str | Path) -> list[tuple[int, object]]:
    return [(line.number, line.record if isinstance(line, GoodLine) else line.reason) for line in read_records(path)]


EXPECTED = [
    (1, {"id": 1}),
    (3, "invalid_utf8"),
    (4, "invalid_json"),
    (5, "invalid_json"),
    (6, "invalid_json"),
    (7, {"id": 2}),
]


def test_bad_lines_are_named_and_the_good_ones_around_them_come(tmp_path: Path) -> None:
    plain = tmp_path / "a.jsonl"
    plain.write_bytes(MIXED)
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(MIXED))
    assert _seen(plain) == EXPECTED
    assert _seen(packed) == EXPECTED


def test_dash_is_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(MIXED)))
    assert _seen("-") == EXPECTED


def test_a_line_over_the_limit_is_skipped_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 20)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "' + b"x" * 5_000 + b'"}\n{"id": 2}\n')
    assert _seen(path) == [(1, "too_large"), (2, {"id": 2})]


def test_deep_nesting_is_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":' + b"[" * 100_000 + b"\n{}\n")
    first, second = read_records(path)
    assert isinstance(first, BadLine)
    assert first.reason == "invalid_json"
    assert second == GoodLine(2, {})


def test_a_damaged_gzip_file_yields_what_is_whole_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": 1}\n' * 10)[:-9])
    with pytest.raises(InvalidInput, match=r"a\.jsonl\.gz: damaged gzip data after line"):
        list(read_records(path))
    path.write_bytes(b'{"id": 1}\n')
    with pytest.raises(InvalidInput, match="damaged gzip data after line 0"):
        list(read_records(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.jsonl: cannot be read: No such file"):
        list(read_records(tmp_path / "none.jsonl"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    with open_writer(tmp_path / name) as writer:
        writer.write({"id": 1})
        writer.write({"text": "苹果"})
    assert _seen(tmp_path / name) == [(1, {"id": 1}), (2, {"text": "苹果"})]
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"old")

    def fail() -> None:
        with open_writer(path) as writer:
            writer.write({"id": 1})
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidInput, match=r"cannot be written: No such file"),
        open_writer(tmp_path / "no" / "a.jsonl"),
    ):
        pass
