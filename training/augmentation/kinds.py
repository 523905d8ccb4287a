"""The kinds of noise by name, with the languages in which each makes sense."""

from __future__ import annotations

from dataclasses import dataclass

from training.augmentation.cashtags import cashtags
from training.augmentation.changes import Proposer
from training.augmentation.chinese_synonyms import chinese_synonyms
from training.augmentation.emoji import emoji
from training.augmentation.english_synonyms import english_synonyms
from training.augmentation.homophones import homophones
from training.augmentation.near_characters import near_characters
from training.augmentation.typos import typos

WORDS = 0.15
"""The largest share of the words of a text that is changed, unless another one is asked for."""


@dataclass(frozen=True)
class Kind:
    """One kind of noise."""

    name: str
    languages: tuple[str, ...]
    propose: Proposer


KINDS = (
    Kind("chinese_synonyms", ("zh",), chinese_synonyms),
    Kind("near_characters", ("zh",), near_characters),
    Kind("homophones", ("zh",), homophones),
    Kind("english_synonyms", ("en",), english_synonyms),
    Kind("typos", ("en",), typos),
    Kind("cashtags", ("zh", "en"), cashtags),
    Kind("emoji", ("zh", "en"), emoji),
)


def kinds_in(lang: str) -> tuple[Kind, ...]:
    """The kinds that make sense in a language; none where it is neither zh nor en."""
    return tuple(kind for kind in KINDS if lang in kind.languages)
