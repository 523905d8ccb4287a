"""Which raw partitions are idle."""

from __future__ import annotations

from services.scoring.idle_partitions import AGAIN_SECONDS, IdlePartitions


def look(partitions: IdlePartitions[str], seconds: range, read: int, end: int) -> list[int]:
    """The seconds at which the partition `a` was announced, with one look a second."""
    return [now for now in seconds if partitions.look(float(now), {"a": read}, {"a": end})]


def test_a_partition_read_to_its_end_is_idle_after_the_time_and_said_again_now_and_then() -> None:
    again = int(AGAIN_SECONDS)
    assert look(IdlePartitions(5.0), range(80), read=7, end=7) == [5, 5 + again, 5 + 2 * again]


def test_a_partition_of_which_records_wait_is_never_idle() -> None:
    partitions: IdlePartitions[str] = IdlePartitions(5.0)
    assert look(partitions, range(100), read=7, end=8) == []
    assert look(partitions, range(100, 120), read=8, end=8) == [105]


def test_silence_counts_from_the_last_record() -> None:
    partitions: IdlePartitions[str] = IdlePartitions(5.0)
    assert look(partitions, range(5), read=7, end=7) == []
    assert look(partitions, range(5, 20), read=8, end=8) == [10]
    assert look(partitions, range(20, 30), read=9, end=9) == [25]


def test_no_silence_counts_while_the_broker_does_not_answer() -> None:
    partitions: IdlePartitions[str] = IdlePartitions(5.0)
    assert look(partitions, range(4), read=7, end=7) == []
    assert look(partitions, range(60, 64), read=7, end=7) == []
    partitions.forget()
    assert look(partitions, range(64, 70), read=7, end=7) == [69]


def test_a_partition_that_was_taken_away_begins_anew_when_it_comes_back() -> None:
    partitions: IdlePartitions[str] = IdlePartitions(2.0)
    assert partitions.look(0.0, {"a": 1, "b": 1}, {"a": 1, "b": 1}) == []
    assert partitions.look(1.0, {"b": 1}, {"b": 1}) == []
    assert partitions.look(2.0, {"a": 1, "b": 1}, {"a": 1, "b": 1}) == ["b"]
    assert partitions.look(3.0, {"a": 1, "b": 1}, {"a": 1, "b": 1}) == []
    assert partitions.look(4.0, {"a": 1, "b": 1}, {"a": 1, "b": 1}) == ["a"]
