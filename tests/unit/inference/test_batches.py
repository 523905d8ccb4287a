"""Batches by length under a token budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.inference.batches import plan_batches


def test_shortest_first_up_to_the_budget() -> None:
    assert plan_batches([10, 2, 9, 3, 2], 20) == [[1, 4, 3], [2, 0]]


def test_a_text_longer_than_the_budget_is_alone() -> None:
    assert plan_batches([50, 5], 20) == [[1], [0]]


@given(st.lists(st.integers(0, 128)), st.integers(1, 1000))
def test_every_text_once_and_no_batch_over_the_budget(lengths: list[int], budget: int) -> None:
    batches = plan_batches(lengths, budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[index] for index in batch) * len(batch) <= budget
