"""English words replaced by synonyms: "shares fell" becomes "stocks dropped"."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from training.augmentation.changes import Change
from training.augmentation.word_tables import alternatives, table

_LOWER_WORD = re.compile(r"(?<![\w$#@'’.-])[a-z][a-z-]*[a-z](?![\w'’]|-\w)")


def english_synonyms(text: str, _lang: str, draws: Random) -> list[Change]:
    """Propose a synonym for each known word in lower case: one with a capital may be a name (Target, Gap)."""
    synonyms = _synonyms()
    return [
        Change(match.start(), match.end(), draws.choice(synonyms[match[0]]))
        for match in _LOWER_WORD.finditer(text)
        if match[0] in synonyms
    ]


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    return alternatives(table("english_synonyms")["groups"])
