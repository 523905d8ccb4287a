"""Records that were in hand in a crash: taken alone after it, buried after the second, and no others instead."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.domain.errors import TooManyDead
from services.domain.messages import Origin
from services.kafka.crash_notes import MOST_DEATHS, CrashNotes
from services.kafka.read_record import ReadRecord


def record(offset: int, value: bytes = b"x") -> ReadRecord:
    return ReadRecord(Origin(topic="news.raw", partition=1, offset=offset), value)


ALL = [record(offset) for offset in range(6)]


def worker(path: Path, bad: set[int], *, endless: bool = False) -> tuple[list[int], list[int]]:
    """One life of a worker over `ALL`: the offsets that it processed, and those that it buried.

    :raises ZeroDivisionError: when it crashes.
    """
    notes = CrashNotes(path, endless=endless)
    processed: list[int] = []
    buried: list[int] = []
    for batch in notes.batches(ALL, lambda each: each):
        good = [each for each in batch if notes.poison(each) is None]
        with notes.in_hand(good):
            for each in good:
                processed.append(each.origin.offset if each.origin.offset not in bad else 1 // 0)
        notes.finished(good)
        for each in batch:
            if each not in good:
                notes.buried(each)
                buried.append(each.origin.offset)
    return processed, buried


def batches(path: Path) -> list[list[int]]:
    return [[each.origin.offset for each in batch] for batch in CrashNotes(path).batches(ALL, lambda each: each)]


def test_the_second_crash_finds_the_one_and_the_rest_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "state" / "worker.crashes.json"
    assert batches(path) == [[0, 1, 2, 3, 4, 5]]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            worker(path, bad={2})
    assert batches(path) == [[0, 1], [2], [3], [4], [5]]  # the first two were processed well, alone
    for _ in range(2):  # nothing was committed: it is buried again, without a crash
        assert worker(path, bad={2}) == ([0, 1, 3, 4, 5], [2])
        assert batches(path) == [[0, 1], [2], [3, 4, 5]]
    said, again = [each.getMessage() for each in caplog.records if each.levelno == logging.CRITICAL]
    assert said == again
    assert said.startswith(
        "news.raw, partition 1, offset 2 is poison and goes to the dead letters: it ended this worker"
    )
    assert said.endswith(" 2 times: ZeroDivisionError: integer division or modulo by zero")


def test_several_bad_ones_of_a_batch_take_two_crashes_each_at_most(tmp_path: Path) -> None:
    path, crashes = tmp_path / "worker.crashes.json", 0
    while crashes < 10:
        try:
            processed, buried = worker(path, bad={0, 2, 5})
            break
        except ZeroDivisionError:
            crashes += 1
    assert (crashes, processed, buried) == (4, [1, 3, 4], [0, 2, 5])


def test_the_record_of_another_broker_at_the_same_place_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "worker.crashes.json"
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            worker(path, bad={2})
    notes = CrashNotes(path)
    assert [notes.poison(record(2, value)) is None for value in (b"x", b"y")] == [False, True]


def test_what_was_mended_is_processed(tmp_path: Path) -> None:
    path = tmp_path / "worker.crashes.json"
    with pytest.raises(ZeroDivisionError):
        worker(path, bad={2})
    assert worker(path, bad=set()) == ([0, 1, 2, 3, 4, 5], [])
    with pytest.raises(ZeroDivisionError):
        worker(path, bad={2})
    assert CrashNotes(path).poison(record(2)) is None  # the first crash again


def test_when_all_are_poison_it_is_not_the_records(tmp_path: Path) -> None:
    path = tmp_path / "worker.crashes.json"
    everything = {each.origin.offset for each in ALL}
    lives: list[str] = []
    while len(lives) < 40 and lives.count("stops") < 2:
        try:
            worker(path, everything)
        except ZeroDivisionError:
            lives.append("crash")
        except TooManyDead:
            lives.append("stops")
    assert lives == ["crash"] * 7 + ["stops"] + ["crash"] * 2 + ["stops"]  # the sixth is tried anew
    assert worker(path, bad=set()) == ([5], [0, 1, 2, 3, 4])


@pytest.mark.parametrize("error", [OSError("no space"), MemoryError(), KeyboardInterrupt()])
def test_what_the_machine_does_is_no_records_fault(tmp_path: Path, error: BaseException) -> None:
    notes = CrashNotes(tmp_path / "worker.crashes.json")
    with pytest.raises(type(error)), notes.in_hand(ALL):
        raise error
    assert batches(tmp_path / "worker.crashes.json") == [[0, 1, 2, 3, 4, 5]]


def test_a_kill_counts_only_when_it_comes_back_to_the_same_record(tmp_path: Path) -> None:
    path = tmp_path / "worker.crashes.json"
    never_left = []

    def killed_with(hand: Sequence[ReadRecord]) -> None:
        never_left.append(CrashNotes(path).in_hand(hand, risky=True))
        never_left[-1].__enter__()

    killed_with(ALL[:2])
    assert batches(path) == [[0], [1], [2, 3, 4, 5]]
    for _ in range(MOST_DEATHS - 2):
        killed_with(ALL[1:2])
    notes = CrashNotes(path)
    assert [notes.poison(each) for each in ALL[:2]] == [None, None]
    with notes.in_hand(ALL[:1], risky=True):
        """It ends well."""
    notes.finished(ALL[:1])
    assert batches(path) == [[0, 1, 2, 3, 4, 5][:1], [1], [2, 3, 4, 5]]
    killed_with(ALL[1:2])
    assert CrashNotes(path).poison(record(1)) == f"it ended this worker {MOST_DEATHS} times: the process was killed"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"suspects": [{"origin": 1}]}'])
def test_notes_that_cannot_be_read_are_left_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "worker.crashes.json"
    path.write_bytes(content)
    path.with_suffix(".in-hand").write_bytes(content)
    assert batches(path) == [[0, 1, 2, 3, 4, 5]]


def test_a_folder_that_cannot_be_written_hides_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        worker(tmp_path / "file" / "worker.crashes.json", bad={0})
