"""Chinese words replaced by synonyms: 股价上涨 becomes 股价走高."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from training.augmentation.changes import Change
from training.augmentation.word_tables import alternatives, table


def chinese_synonyms(text: str, _lang: str, draws: Random) -> list[Change]:
    """Propose a synonym for each known word; of overlapping words the longest counts."""
    pattern, synonyms = _words()
    return [
        Change(match.start(), match.end(), draws.choice(synonyms[match[0]]))
        for match in pattern.finditer(text)
        if match[0] in synonyms
    ]


@cache
def _words() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """The words to look for, those in which nothing is replaced among them, and the synonyms of the others."""
    content = table("chinese_synonyms")
    synonyms = {word: others for word, others in alternatives(content["groups"]).items() if len(word) > 1}
    longest_first = sorted({*synonyms, *content["whole"]}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first))), synonyms
