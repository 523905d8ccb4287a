"""Spool: first in, first out over segments, bounded, one a process."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.ingest.delivery import spool as spool_module
from services.ingest.delivery.not_accepted import NotAccepted
from services.ingest.delivery.segment import lines_of
from services.ingest.delivery.spool import Spool
from services.ingest.delivery.spool_folder import open_spool
from tests.harness.spooled import numbers, record_of

LIMIT = 1_000_000


def _open(folder: Path, limit: int = LIMIT) -> Spool:
    return Spool(folder, ["0"], limit)


def _emptied(spool: Spool) -> list[int]:
    found = []
    while records := spool.peek(2):
        found += numbers(records)
        spool.advance(len(records))
    return found


def test_first_in_first_out_over_many_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 400)
    spool = _open(tmp_path)
    for number in range(0, 40, 2):
        spool.append([record_of(number), record_of(number + 1)])
    assert (len(spool), len(list(tmp_path.glob("0-*.jsonl"))) > 5) == (40, True)
    assert _emptied(spool) == list(range(40))
    assert (len(spool), spool.peek(10), len(list(tmp_path.glob("0-*.jsonl")))) == (0, [], 1)
    spool.append([record_of(40)])
    assert _emptied(spool) == [40]
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_the_next_process_goes_on_in_segments_of_its_own(tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.append([record_of(number) for number in range(5)])
    first.peek(2)
    first.advance(2)  # and then kill -9: nothing is closed
    second = _open(tmp_path)
    second.append([record_of(5)])
    assert _emptied(second) == [2, 3, 4, 5]


def test_a_full_one_refuses_until_the_broker_has_taken_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 400)
    spool = _open(tmp_path, 800)
    kept = 6
    for number in range(kept):
        spool.append([record_of(number)])
    with pytest.raises(NotAccepted, match=r"the spool .* is full: 0 MB \(GROUNDSWELL_SPOOL_MEGABYTES\) wait"):
        spool.append([record_of(kept)])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 800
    assert _emptied(spool) == list(range(kept))
    spool.append([record_of(kept)])
    assert _emptied(spool) == [kept]


def test_it_opens_and_empties_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _open(tmp_path)
    before.append([record_of(1), record_of(2)])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        spool = _open(tmp_path)
        with pytest.raises(OSError, match="No space"):
            spool.append([record_of(3)])
        assert _emptied(spool) == [1, 2]
    assert list(tmp_path.iterdir()) == []
    spool.append([record_of(4)])
    assert _emptied(spool) == [4]


def test_what_cannot_be_noted_as_confirmed_is_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = _open(tmp_path)
    spool.append([record_of(1), record_of(2)])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    spool.peek(1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="No space"):
            spool.advance(1)
    assert numbers(spool.peek(10)) == [2]
    assert numbers(_open(tmp_path).peek(10)) == [1, 2]


def test_after_the_end_it_is_empty(tmp_path: Path) -> None:
    spool = _open(tmp_path)
    spool.append([record_of(1)])
    records = spool.peek(10)
    spool.close()
    spool.advance(len(records))
    assert (len(spool), spool.peek(10)) == (0, [])
    assert numbers(_open(tmp_path).peek(10)) == [1]


def test_two_processes_have_two_spools(tmp_path: Path) -> None:
    with open_spool(tmp_path, LIMIT) as first, open_spool(tmp_path, LIMIT) as second:
        first.append([record_of(1)])
        second.append([record_of(2)])
        assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == [
            "0-000000000001.jsonl",
            "1-000000000001.jsonl",
        ]
        assert (numbers(first.peek(10)), numbers(second.peek(10))) == ([1], [2])


def test_records_that_a_crashed_process_left_are_adopted(tmp_path: Path) -> None:
    with open_spool(tmp_path, LIMIT) as first:
        with open_spool(tmp_path, LIMIT) as second:
            second.append([record_of(1), record_of(2)])
            second.peek(1)
            second.advance(1)
        first.append([record_of(3)])
    with open_spool(tmp_path, LIMIT) as again:
        with open_spool(tmp_path, LIMIT) as other:
            assert len(other) == 0
        again.append([record_of(4)])
        assert _emptied(again) == [3, 2, 4]


def test_files_of_an_earlier_version_are_taken_up_first(tmp_path: Path) -> None:
    (tmp_path / "0.jsonl").write_bytes(lines_of([record_of(1)]))
    (tmp_path / "1.jsonl").write_bytes(lines_of([record_of(2), record_of(3)]))
    (tmp_path / "1.cursor").write_text(str(len(lines_of([record_of(2)]))))
    (tmp_path / "2.jsonl").write_bytes(b"")
    with open_spool(tmp_path, LIMIT) as spool:
        spool.append([record_of(4)])
        assert _emptied(spool) == [1, 3, 4]
    assert {path.suffix for path in tmp_path.iterdir()} == {".lock"}


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir(0o755)
    with open_spool(folder, LIMIT) as spool:
        spool.append([record_of(1)])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InvalidInput, match=r"the spool in .*file/spool cannot be used"),
        open_spool(tmp_path / "file" / "spool", LIMIT),
    ):
        pytest.fail("it was opened")
