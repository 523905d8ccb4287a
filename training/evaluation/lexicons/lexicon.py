"""A lexicon as a classifier: a score in [-1, 1] for a text, and from where on it is a sentiment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from training.data.records import Numbered
from training.errors import DataError

NEGATIVE, NEUTRAL, POSITIVE = range(3)


@dataclass(frozen=True)
class Lexicon:
    """`score` gives a text's tone; it is negative at `-threshold` and below, positive at `threshold` and above,
    else neutral. `language`: that of the texts it can read.
    """

    name: str
    language: str
    threshold: float
    score: Callable[[str], float]

    def sentiment(self, text: str) -> int:
        """The class of a text: 0 negative, 1 neutral, 2 positive."""
        score = self.score(text)
        if score <= -self.threshold:
            return NEGATIVE
        return POSITIVE if score >= self.threshold else NEUTRAL


def polarity(positive: int, negative: int) -> float:
    """(positive - negative) / (positive + negative) of counted words; 0 where none was counted."""
    return (positive - negative) / max(1, positive + negative)


def tones(records: Iterable[Numbered], file: str) -> tuple[frozenset[str], frozenset[str]]:
    """The positive and the negative words out of records with `text` and `label` (other labels are left out).

    A word that stands under both is in neither.

    :raises DataError: when a record has no word.
    """
    words: dict[Any, set[str]] = {"positive": set(), "negative": set()}
    for line, record in records:
        word = record.get("text")
        if not isinstance(word, str) or not word:
            raise DataError(file=file, line=line, field="text", expected="a word", got=repr(word))
        words.get(record.get("label"), set()).add(word)
    both = words["positive"] & words["negative"]
    return frozenset(words["positive"] - both), frozenset(words["negative"] - both)
