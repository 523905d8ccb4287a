"""When a batch is due, on a clock of the test's own."""

from __future__ import annotations

import pytest

from services.scoring.batch_buffer import BatchBuffer, estimate_tokens


def buffer(batch_tokens: int = 100, capacity: int = 50) -> BatchBuffer[str]:
    return BatchBuffer(batch_tokens, wait_seconds=0.5, capacity=capacity, capacity_tokens=1000)


def test_nothing_is_never_due() -> None:
    assert buffer().due_at() is None
    assert buffer().take() == []


def test_the_deadline_counts_from_the_first_text() -> None:
    each = buffer()
    each.add("a", 5, now=10.0)
    each.add("b", 5, now=10.4)
    assert each.due_at() == 10.5


def test_the_token_budget_counts_padding() -> None:
    each = buffer(batch_tokens=100)
    each.add("long", 40, now=1.0)
    each.add("short", 2, now=2.0)
    assert each.due_at() == 1.5
    each.add("short", 2, now=3.0)  # 3 texts padded to 40 tokens
    assert each.due_at() == 1.0


def test_it_fills_beyond_the_budget_but_not_beyond_its_capacity() -> None:
    each = buffer(batch_tokens=10, capacity=3)
    room = []
    for name in "abc":
        room.append(each.has_room)
        each.add(name, 10, now=1.0)
    room.append(each.has_room)
    assert each.take() == ["a", "b", "c"]
    room.append(each.has_room)
    assert room == [True, True, True, False, True]
    assert each.due_at() is None


def test_items_without_tokens_wait_for_the_deadline_and_for_the_capacity() -> None:
    each = buffer(capacity=2)
    each.add("heartbeat", 0, now=1.0)
    assert each.due_at() == 1.5
    each.add("heartbeat", 0, now=1.1)
    assert each.due_at() == 1.0


def test_a_new_buffer_has_a_new_deadline() -> None:
    each = buffer()
    each.add("a", 99, now=1.0)
    each.take()
    each.add("b", 5, now=7.0)
    assert each.due_at() == 7.5


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 2), ("shares of the firm", 6), ("公司被立案调查", 7), ("x" * 5000, 1252), ("跌" * 5000, 3752)],
)
def test_the_estimate_knows_both_scripts(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_long_texts_fill_a_buffer_with_few_items() -> None:
    each: BatchBuffer[str] = BatchBuffer(10**6, wait_seconds=0.5, capacity=100, capacity_tokens=1000)
    each.add("a", 600, now=1.0)
    assert each.has_room
    each.add("b", 600, now=1.0)
    assert (each.has_room, each.due_at()) == (False, 1.0)
    assert each.take() == ["a", "b"]
    assert each.has_room
