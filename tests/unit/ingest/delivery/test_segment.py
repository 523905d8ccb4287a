"""Segment: one file of the spool, through crashes at any point and full disks."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.ingest.delivery.segment import HEADER_BYTES, Segment, lines_of
from services.ingest.delivery.spool_line import to_line
from services.kafka.producer_record import ProducerRecord
from tests.harness.spooled import numbers, record_of


def _filled(path: Path, *which: int) -> Segment:
    segment = Segment.create(path)
    records = [record_of(number) for number in which]
    segment.append(lines_of(records), len(records))
    return segment


def test_the_oldest_records_until_they_are_confirmed(tmp_path: Path) -> None:
    segment = _filled(tmp_path / "0-1.jsonl", 1, 2, 3)
    assert numbers(segment.peek(2)) == [1, 2]
    assert numbers(segment.peek(10)) == [1, 2, 3]
    segment.confirm(2)
    assert (segment.waiting, numbers(segment.peek(10))) == (1, [3])
    assert segment.peek(1) == [record_of(3)]


def test_a_person_can_read_it_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "0-1.jsonl"
    segment = _filled(path, 1)
    segment.peek(1)
    segment.confirm(1)
    header, *lines = path.read_bytes().splitlines(keepends=True)
    assert header == b'{"confirmed":%20d}\n' % path.stat().st_size
    assert len(header) == HEADER_BYTES
    assert lines == [to_line(record_of(1))]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_next_process_goes_on_where_this_one_was(tmp_path: Path) -> None:
    segment = _filled(tmp_path / "0-1.jsonl", *range(5))
    segment.peek(2)
    segment.confirm(2)  # and then kill -9: nothing is closed
    assert numbers(Segment(tmp_path / "0-1.jsonl").peek(10)) == [2, 3, 4]


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "0-1.jsonl"
    _filled(path, 1, 2)
    whole = path.read_bytes()
    for cut in range(1, len(to_line(record_of(2)))):
        path.write_bytes(whole[:-cut])
        segment = Segment(path)
        assert numbers(segment.peek(10)) == [1]
        segment.append(lines_of([record_of(3)]), 1)
        assert numbers(segment.peek(10)) == [1, 3]
        segment.close()
    path.write_bytes(whole[:HEADER_BYTES] + b"{" * 200_000)
    assert Segment(path).waiting == 0


@pytest.mark.parametrize("confirmed", [b"99999", b"-1", b"x", b"0"])
def test_a_header_that_cannot_be_sends_again_rather_than_never(tmp_path: Path, confirmed: bytes) -> None:
    path = tmp_path / "0-1.jsonl"
    segment = _filled(path, 1, 2)
    segment.peek(1)
    segment.confirm(1)
    header = b'{"confirmed":%20s}\n' % confirmed
    path.write_bytes(header + path.read_bytes()[HEADER_BYTES:])
    if confirmed.isdigit():
        assert numbers(Segment(path).peek(10)) == [1, 2]
    else:
        with pytest.raises(InvalidInput, match=r"0-1\.jsonl is damaged in record 1 after byte 0"):
            Segment(path)


@pytest.mark.parametrize("torn", range(HEADER_BYTES))
def test_a_crash_while_it_is_made_leaves_an_empty_one(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "0-1.jsonl"
    Segment.create(path).close()
    path.write_bytes(path.read_bytes()[:torn])
    assert Segment(path).waiting == 0


def test_one_of_an_earlier_version(tmp_path: Path) -> None:
    path = tmp_path / "0.jsonl"
    path.write_bytes(lines_of([record_of(1), record_of(2), record_of(3)]))
    (tmp_path / "0.cursor").write_text(str(len(to_line(record_of(1)))))
    path.chmod(0o644)
    segment = Segment(path)
    assert numbers(segment.peek(10)) == [2, 3]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    segment.confirm(1)
    assert numbers(segment.peek(10)) == [3]
    segment.delete()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cursor", ["", "x", "99999", "-1"])
def test_a_lost_cursor_of_an_earlier_version_sends_again(tmp_path: Path, cursor: str) -> None:
    (tmp_path / "0.jsonl").write_bytes(lines_of([record_of(1), record_of(2)]))
    (tmp_path / "0.cursor").write_text(cursor)
    assert numbers(Segment(tmp_path / "0.jsonl").peek(10)) == [1, 2]


def test_damage_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "0-1.jsonl"
    _filled(path, 1, 2)
    path.write_bytes(path.read_bytes().replace(b'{"topic"', b'{"topik"', 1))
    with pytest.raises(InvalidInput, match=rf"0-1\.jsonl is damaged in record 1 after byte {HEADER_BYTES}"):
        Segment(path)


@pytest.mark.parametrize("call", ["fsync", "pwrite"])
def test_a_full_disk_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    segment = _filled(tmp_path / "0-1.jsonl", 1)
    written = os.pwrite

    def full(descriptor: int, *rest: object) -> int:
        if rest:
            written(descriptor, b'{"topic"', segment.end)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(OSError, match="No space"):
            segment.append(lines_of([record_of(2)]), 1)
    segment.append(lines_of([record_of(3)]), 1)
    assert numbers(segment.peek(10)) == [1, 3]
    assert numbers(Segment(segment.path).peek(10)) == [1, 3]


def test_a_disk_that_is_full_at_its_birth_leaves_none_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space"):
        Segment.create(tmp_path / "0-1.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_is_larger_than_what_is_read_at_once(tmp_path: Path) -> None:
    large = ProducerRecord("news.raw", b"s", b'{"n":"%s"}' % (b"x" * 3_000_000))
    segment = Segment.create(tmp_path / "0-1.jsonl")
    segment.append(lines_of([large, record_of(2)]), 2)
    assert segment.peek(10) == [large, record_of(2)]
