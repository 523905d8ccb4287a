"""The development split is stable and keeps near duplicates together."""

from __future__ import annotations

from training.data.near_duplicates import near_duplicate_key
from training.data.split import development_groups, development_rank


def test_near_duplicates_share_a_key() -> None:
    first = near_duplicate_key("Apple Q3 profit rises 4.5% https://t.co/abc")
    assert first == near_duplicate_key("apple q1 profit rises 12% http://x.com/y") == "apple q0 profit rises 0"
    assert first != near_duplicate_key("Apple Q3 profit falls 4.5%")


def test_split_does_not_depend_on_the_order_or_on_other_rows() -> None:
    keys = [f"text {index}" for index in range(0, 500)]
    words = [f"word {chr(97 + index % 26)}{chr(97 + index // 26)}" for index in range(500)]
    chosen = development_groups(words, share=0.1, most_rows=1_000)
    assert chosen == development_groups(words[::-1], share=0.1, most_rows=1_000)
    assert chosen <= development_groups(words + keys, share=0.1, most_rows=1_000)
    assert 0.05 < len(chosen) / 500 < 0.15


def test_groups_are_whole_and_bounded() -> None:
    words = [f"w{index}" for index in range(200)] * 3
    chosen = development_groups(words, share=0.5, most_rows=30)
    assert sum(word in chosen for word in words) == 30


def test_rank_is_the_same_on_every_machine() -> None:
    assert development_rank("shares fall") == development_rank("shares fall")
    assert 0 <= development_rank("") < 1
