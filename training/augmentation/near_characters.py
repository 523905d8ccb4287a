"""Chinese characters replaced by ones that look alike (形近字): 贷款 becomes 货款."""

from __future__ import annotations

from functools import cache
from random import Random

from training.augmentation.changes import Change
from training.augmentation.word_tables import alternatives, fixed_characters, table


def near_characters(text: str, _lang: str, draws: Random) -> list[Change]:
    """Propose a look-alike for each character that has one; none that carries a tone or a negation."""
    likes = look_alikes()
    return [
        Change(place, place + 1, draws.choice(likes[character]))
        for place, character in enumerate(text)
        if character in likes
    ]


@cache
def look_alikes() -> dict[str, tuple[str, ...]]:
    """The look-alikes of each character, without those that must stay as they are."""
    groups = [[one for one in group if one not in fixed_characters()] for group in table("characters")["near"]]
    return {character: others for character, others in alternatives(groups).items() if others}
