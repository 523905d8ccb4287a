"""Chinese characters replaced by homophones, as an input method by pinyin slips: 银行 becomes 银航."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from pypinyin import Style, lazy_pinyin

from training.augmentation.changes import Change
from training.augmentation.word_tables import fixed_characters, table

_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")


def homophones(text: str, _lang: str, draws: Random) -> list[Change]:
    """Propose, for each character, one of the same sound and tone; a character's sound is that in its context."""
    by_sound = characters_by_sound()
    changes: list[Change] = []
    for run in _HAN_RUN.finditer(text):
        sounds = sounds_of(run[0])
        if len(sounds) != len(run[0]):
            continue  # a rare character without a known sound: the sounds cannot be told apart
        for place, (character, sound) in enumerate(zip(run[0], sounds, strict=True), start=run.start()):
            others = [other for other in by_sound.get(sound, ()) if other != character]
            if others and character not in fixed_characters():
                changes.append(Change(place, place + 1, draws.choice(others)))
    return changes


@cache
def characters_by_sound() -> dict[str, tuple[str, ...]]:
    """The common characters of each sound, without those that must stay as they are."""
    groups: dict[str, list[str]] = {}
    for character in dict.fromkeys("".join(_HAN_RUN.findall(table("characters")["common"]))):
        if character not in fixed_characters():
            [sound] = sounds_of(character)
            groups.setdefault(sound, []).append(character)
    return {sound: tuple(members) for sound, members in groups.items()}


def sounds_of(han: str) -> list[str]:
    """The pinyin of each character of a run of Chinese characters, with its tone: `yin2`, `hang2`."""
    sounds: list[str] = lazy_pinyin(han, style=Style.TONE3, neutral_tone_with_five=True)
    return sounds
