"""Cashtags added, removed or put in lower case: $AAPL, and $贵州茅台(SH600519)$ as Chinese forums write them."""

from __future__ import annotations

import re
from random import Random

from training.augmentation.changes import Change
from training.augmentation.word_tables import table

_CASHTAG = re.compile(r"(?P<tag>\$[A-Za-z][A-Za-z.]{0,5}(?!\w)|\$[^\s$()]{2,10}\([A-Z]{2}\d{5,6}\)\$)\s?")


def cashtags(text: str, lang: str, draws: Random) -> list[Change]:
    """Propose to remove or lower each cashtag that stands there, and to add one before or after the text."""
    changes: list[Change] = []
    for match in _CASHTAG.finditer(text):
        removed, lowered = Change(*match.span(), ""), Change(*match.span("tag"), match["tag"].lower())
        changes.append(draws.choice((removed, lowered)) if match["tag"].isascii() else removed)
    added = draws.choice(table("marks")["cashtags"][lang])
    before = draws.random() < 0.5
    changes.append(Change(0, 0, f"{added} ") if before else Change(len(text), len(text), f" {added}"))
    return changes
