"""The tone of Chinese texts by the financial sentiment dictionary of Jiang, Meng and Tang.

姜富伟, 孟令超, 唐国豪 2020, 媒体文本情绪与股票回报预测.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from training.data.records import file_records
from training.evaluation.lexicons.lexicon import Lexicon, polarity, tones

FILE = "lexicons/zh_jiang2020.jsonl.gz"
"""Under the data root: JSON Lines with `text`, a word, and `label`."""
NEGATIONS = frozenset(
    ("不", "没", "没有", "未", "未能", "无", "非", "不是", "不会", "不能", "并非", "并未", "尚未", "从未", "难以", "别")
)
"""Within four characters before a word an odd number of them turns it round. They have no tone of their own."""
_REACH = 4
_SMALLEST = 1e-9


@dataclass(frozen=True)
class Words:
    """The positive and the negative words."""

    positive: frozenset[str]
    negative: frozenset[str]

    @cached_property
    def known(self) -> frozenset[str]:
        """All words that are looked for in a text."""
        return self.positive | self.negative | NEGATIONS

    @cached_property
    def longest(self) -> int:
        """Characters of the longest of them."""
        return max(map(len, self.known))

    def found_in(self, text: str) -> Iterator[tuple[int, str]]:
        """The words of a text by forward maximum matching, each with its place."""
        start = 0
        while start < len(text):
            sizes = range(min(self.longest, len(text) - start), 0, -1)
            size = next((size for size in sizes if text[start : start + size] in self.known), 0)
            if size:
                yield start, text[start : start + size]
            start += max(1, size)


def load(path: Path) -> Lexicon:
    """Read the dictionary. A text is positive or negative as soon as one side has more words than the other.

    :raises DataError: when a line is wrong.
    :raises InvalidInput: when the file cannot be read.
    """
    words = Words(*tones(file_records(path, path.name), path.name))
    return Lexicon("Jiang 2020", "zh", _SMALLEST, lambda text: score(text, words))


def score(text: str, words: Words) -> float:
    """(positive - negative) / (positive + negative) words of a text, found from left to right, the longest first."""
    counts = {True: 0, False: 0}
    negated: list[int] = []
    for start, word in words.found_in(text):
        if word in NEGATIONS:
            negated.append(start + len(word))
            continue
        turned = sum(start - end <= _REACH for end in negated) % 2 == 1
        counts[(word in words.positive) != turned] += 1
        negated = []
    return polarity(counts[True], counts[False])
