"""Made sentences that are no near-repeats of each other."""

from __future__ import annotations

import random

_WORDS = [
    "shares",
    "market",
    "profit",
    "outlook",
    "phone",
    "cloud",
    "store",
    "report",
    "analyst",
    "bank",
    "rates",
    "oil",
    "court",
    "judge",
    "recall",
    "battery",
    "engine",
    "lawsuit",
    "merger",
    "board",
    "chief",
    "dividend",
    "forecast",
    "margin",
    "plant",
    "strike",
    "union",
    "tariff",
    "export",
    "demand",
    "supply",
    "chip",
    "loan",
]
_LETTERS = str.maketrans("0123456789", "abcdefghij")


def sentence(seed: int, count: int = 9) -> str:
    """So many words, another sentence for each seed."""
    source = random.Random(seed)
    return " ".join(source.choice(_WORDS) + str(source.randrange(10**6)).translate(_LETTERS) for _ in range(count))
