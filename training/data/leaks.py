"""Leaks: test texts that are, exactly or nearly, among the training texts; groups that are on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from training.data.examples import prepare
from training.data.near_duplicates import near_duplicate_key, near_pairs


class Likeness(StrEnum):
    """How a test text is like a training text, the closest first."""

    EXACT = "exact"
    SAME_WORDS = "same words"
    NEAR = "near"


@dataclass(frozen=True)
class Leak:
    """A test text (by position) and the training text it is most like.

    `jaccard`: of the 5-grams of their near-duplicate keys; 1 for all but `near`.
    """

    test: int
    train: int
    likeness: Likeness
    jaccard: float


def find_leaks(train: Sequence[str], test: Sequence[str]) -> list[Leak]:
    """Return one leak for each raw test text that has one, in the order of the tests.

    Exact: the same prepared text. Same words: the same near-duplicate key (links, digits, case and punctuation
    aside). Near: keys with a Jaccard similarity of 5-grams of at least 0.8. Texts that prepare to nothing are left out.
    """
    train_texts, test_texts = [prepare(text) for text in train], [prepare(text) for text in test]
    train_keys, test_keys = ([near_duplicate_key(text) for text in side] for side in (train_texts, test_texts))
    by_text, by_key = _first(train_texts), _first(train_keys)
    left = sorted({key for key in test_keys if key not in by_key})
    near = _nearest(list(by_key), left)
    leaks: list[Leak] = []
    for row, (text, key) in enumerate(zip(test_texts, test_keys, strict=True)):
        if text in by_text:
            leaks.append(Leak(row, by_text[text], Likeness.EXACT, 1.0))
        elif key in by_key:
            leaks.append(Leak(row, by_key[key], Likeness.SAME_WORDS, 1.0))
        elif key in near:
            jaccard, other = near[key]
            leaks.append(Leak(row, by_key[other], Likeness.NEAR, jaccard))
    return leaks


def shared_groups(train: Sequence[str], test: Sequence[str]) -> Counter[str]:
    """Count the test rows of each group (such as a company or an author) that has training rows too.

    Rows without a group, with an empty one that is, count for nothing.
    """
    known = set(train) - {""}
    return Counter(group for group in test if group in known)


def _first(values: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row, value in enumerate(values):
        if value:
            found.setdefault(value, row)
    return found


def _nearest(train: list[str], test: list[str]) -> dict[str, tuple[float, str]]:
    """The most similar training key of each test key that has a near one, and the similarity."""
    near: dict[str, tuple[float, str]] = {}
    sides = [0] * len(train) + [1] * len(test)
    for pair in near_pairs([*train, *test], sides=sides):
        key, other = test[pair.second - len(train)], train[pair.first]
        near[key] = max(near.get(key, (0.0, "")), (pair.jaccard, other))
    return near
