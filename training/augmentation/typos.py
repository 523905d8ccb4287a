"""English typing errors inside words: two letters swapped, one dropped, doubled, or hit beside its key."""

from __future__ import annotations

import re
from random import Random

from training.augmentation.changes import Change

_WORD = re.compile(r"(?<![\w$#@'’])[A-Za-z]{4,}(?![\w'’])")
"""Of four letters or more: shorter ones, and so "not" and "no", are left alone."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: "".join(row[place] for place in (index - 1, index + 1) if 0 <= place < len(row))
    for row in _ROWS
    for index, key in enumerate(row)
}
_NEGATIONS = frozenset({"never", "none", "nothing", "neither", "without", "cannot"})


def typos(text: str, _lang: str, draws: Random) -> list[Change]:
    """Propose one error for each word of four letters or more; its first and last letter stay, so it can be read.

    Pruthi et al. 2019, https://arxiv.org/abs/1905.11268 (internal edits). Cashtags and negations are left alone.
    """
    found = [(match.span(), match[0]) for match in _WORD.finditer(text) if match[0].lower() not in _NEGATIONS]
    return [Change(*span, mistyped(word, draws)) for span, word in found]


def mistyped(word: str, draws: Random) -> str:
    """A word of four letters or more with one error between its first and last letter."""
    kind = draws.choice(("swap", "drop", "double", "beside"))
    place = draws.randrange(1, len(word) - 1)
    letter = word[place]
    if kind == "swap":
        place = min(place, len(word) - 3)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == "drop":
        return word[:place] + word[place + 1 :]
    if kind == "double":
        return word[:place] + letter + word[place:]
    other = draws.choice(_BESIDE[letter.lower()])
    return word[:place] + (other.upper() if letter.isupper() else other) + word[place + 1 :]
