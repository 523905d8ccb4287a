"""Spool: first in, first out, through crashes at any point; one spool a process."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.ingest.delivery.spool import Spool
from services.ingest.delivery.spool_folder import open_spool
from tests.harness.spooled import numbers, record_of


def test_first_in_first_out(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "0.jsonl")
    spool.append([record_of(1), record_of(2)])
    spool.append([record_of(3)])
    assert len(spool) == 3
    assert numbers(spool.peek(2)) == [1, 2]
    spool.advance(2)
    spool.append([record_of(4)])
    assert numbers(spool.peek(10)) == [3, 4]
    assert spool.peek(1)[0] == record_of(3)
    spool.advance(2)
    assert len(spool) == 0
    assert spool.peek(10) == []
    assert spool.path.stat().st_size == 0


def test_the_next_process_goes_on_where_this_one_was(tmp_path: Path) -> None:
    first = Spool(tmp_path / "0.jsonl")
    first.append([record_of(number) for number in range(5)])
    first.advance(2)  # and then kill -9: nothing is closed
    second = Spool(tmp_path / "0.jsonl")
    assert numbers(second.peek(10)) == [2, 3, 4]


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "0.jsonl"
    Spool(path).append([record_of(1), record_of(2)])
    whole = path.read_bytes()
    for cut in range(1, len(whole) // 2):
        path.write_bytes(whole[:-cut])
        spool = Spool(path)
        assert numbers(spool.peek(10)) == [1]
        spool.append([record_of(3)])
        assert numbers(spool.peek(10)) == [1, 3]
        spool.close()
    path.write_bytes(b"{" * 200_000)
    assert len(Spool(path)) == 0


@pytest.mark.parametrize("cursor", ["", "x", "99999", "-1"])
def test_a_lost_cursor_sends_again_rather_than_never(tmp_path: Path, cursor: str) -> None:
    spool = Spool(tmp_path / "0.jsonl")
    spool.append([record_of(1), record_of(2)])
    spool.advance(1)
    (tmp_path / "0.cursor").write_text(cursor)
    assert numbers(Spool(tmp_path / "0.jsonl").peek(10)) == [1, 2]


def test_a_crash_between_emptying_and_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "0.jsonl"
    spool = Spool(path)
    spool.append([record_of(1), record_of(2)])
    spool.advance(1)
    path.write_bytes(b"")
    spool = Spool(path)
    spool.append([record_of(3), record_of(4), record_of(5)])
    assert numbers(Spool(path).peek(10)) == [3, 4, 5]


def test_emptied_and_filled_again_and_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "0.jsonl")
    for number in range(20):
        spool.append([record_of(number), record_of(1_000 + number)])
        assert numbers(spool.peek(10)) == [number, 1_000 + number]
        spool.advance(2)


def test_damage_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "0.jsonl"
    Spool(path).append([record_of(1), record_of(2)])
    path.write_bytes(b"garbage\n" + path.read_bytes())
    with pytest.raises(InvalidInput, match=r"0\.jsonl is damaged in record 1 after byte 0"):
        Spool(path)


def test_a_full_disk_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "0.jsonl")
    spool.append([record_of(1)])

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            spool.append([record_of(2)])
    spool.append([record_of(3)])
    assert numbers(spool.peek(10)) == [1, 3]


def test_two_processes_have_two_spools(tmp_path: Path) -> None:
    with open_spool(tmp_path) as first, open_spool(tmp_path) as second:
        assert (first.path.name, second.path.name) == ("0.jsonl", "1.jsonl")
    with open_spool(tmp_path) as again:
        assert again.path.name == "0.jsonl"


def test_records_that_a_crashed_process_left_are_adopted(tmp_path: Path) -> None:
    with open_spool(tmp_path) as first:
        with open_spool(tmp_path) as second:
            second.append([record_of(1), record_of(2)])
            second.advance(1)
        first.append([record_of(3)])
    with open_spool(tmp_path) as again:
        assert numbers(again.peek(10)) == [3, 2]
        with open_spool(tmp_path) as other:
            assert len(other) == 0


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InvalidInput, match=r"the spool in .*file/spool cannot be used"),
        open_spool(tmp_path / "file" / "spool"),
    ):
        pytest.fail("it was opened")
