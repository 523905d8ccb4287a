"""RepeatWindow: what it remembers, and that its memory is fixed."""

from __future__ import annotations

from services.ingest.deduplicate import RepeatWindow


def test_an_id_is_new_once_for_each_source() -> None:
    window = RepeatWindow(1_000)
    assert window.add("a", "1")
    assert not window.add("a", "1")
    assert window.add("b", "1")
    assert window.add("a", "2")


def test_a_million_of_the_same_id() -> None:
    window = RepeatWindow(1_000)
    assert sum(window.add("a", "same") for _ in range(100_000)) == 1


def test_all_ids_within_the_capacity_are_remembered() -> None:
    window = RepeatWindow(10_000)
    assert all(window.add("a", str(i)) for i in range(10_000))
    assert not any(window.add("a", str(i)) for i in range(10_000))


def test_old_ids_are_forgotten_but_not_those_in_use() -> None:
    window = RepeatWindow(320)
    window.add("a", "kept")
    for i in range(20_000):
        window.add("a", str(i))
        assert not window.add("a", "kept")
    assert window.add("a", "0")


def test_a_forgotten_id_is_new_again() -> None:
    window = RepeatWindow(100)
    window.add("a", "1")
    window.forget("a", "1")
    window.forget("a", "never seen")
    assert window.add("a", "1")
    assert not window.add("a", "1")
