"""Small changes to a text: where each may be made, how many at most, and never in a protected name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from random import Random

from services.text.mentions import Span, occurrences

_LATIN_WORD = re.compile(r"[A-Za-z]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|@\w+")
_HAN_A_WORD = 2


@dataclass(frozen=True)
class Change:
    """`text[start:end]` becomes `replacement`; with `start == end` it is put in there."""

    start: int
    end: int
    replacement: str


Proposer = Callable[[str, str, Random], list[Change]]
"""Given a text, its language (zh or en) and the draws: one change for each place where one could be made."""


def perturb(text: str, lang: str, propose: Proposer, draws: Random, *, words: float, names: Sequence[str] = ()) -> str:
    """Make a random choice of the proposed changes; the same draws give the same text.

    :param words: the largest share of the words that is changed, rounded up to whole words.
    :param names: what must stay as it is, and as often in the text as before.
    :returns: the text as it was where no change can be made, or nothing would be left.
    """
    kept_out = [match.span() for match in _ADDRESS.finditer(text)]
    kept_out += [span for name in names for span in occurrences(text, name)]
    proposed = [one for one in propose(text, lang, draws) if not any(_touches(one, span) for span in kept_out)]
    draws.shuffle(proposed)
    chosen: list[Change] = []
    for change in proposed:
        if len(chosen) == ceil(words * count_words(text)):
            break
        if not any(_touches(change, (other.start, other.end)) for other in chosen):
            chosen.append(change)
    changed = apply(text, chosen)
    if not changed.strip() or any(len(occurrences(changed, name)) != len(occurrences(text, name)) for name in names):
        return text
    return changed


def apply(text: str, changes: Sequence[Change]) -> str:
    """Make all changes, which must not overlap; places are those of the text before."""
    for change in sorted(changes, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: change.start] + change.replacement + text[change.end :]
    return text


def count_words(text: str) -> int:
    """About how many words a text has: Latin words, and one for two Chinese characters."""
    return len(_LATIN_WORD.findall(text)) + ceil(len(_HAN.findall(text)) / _HAN_A_WORD)


def _touches(change: Change, span: Span) -> bool:
    """Whether a change lies in a piece of text, or puts something inside it."""
    if change.start == change.end:
        return span[0] < change.start < span[1] or span == (change.start, change.end)
    return change.start < span[1] and change.end > span[0]
