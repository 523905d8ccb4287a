"""Emoji without a tone put between words, and those that stand there repeated."""

from __future__ import annotations

import re
from random import Random

from training.augmentation.changes import Change
from training.augmentation.word_tables import table

_EMOJI = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27bf](?![\ufe0f\u200d\U0001F3FB-\U0001F3FF])")
_GAP = re.compile(r"(?<=[\s，。！？；])(?=\S)")


def emoji(text: str, _lang: str, draws: Random) -> list[Change]:
    """Propose a second one of each emoji, and an emoji without a tone in each gap between words and at the end."""
    neutral = table("marks")["emoji"]
    repeated = [Change(match.end(), match.end(), match[0]) for match in _EMOJI.finditer(text)]
    put_in = [Change(match.start(), match.start(), f"{draws.choice(neutral)} ") for match in _GAP.finditer(text)]
    return [*repeated, *put_in, Change(len(text), len(text), f" {draws.choice(neutral)}")]
