"""Names that mean something else as well: is it the company that a text speaks of?

A logistic regression over the words (English) or pairs of characters (Chinese) around the mention. Its weights are in
`data/homonyms.json`; `deploy/companies/learn_homonyms.py` learns and measures them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from services.companies.word_sense import is_company_here
from services.domain.errors import InvalidInput

WEIGHTS = Path(__file__).resolve().parent / "data" / "homonyms.json"
_ENGLISH_WINDOW, _CHINESE_WINDOW = 80, 16
_NEAR_WORDS = 3
_SHORT_WORD = 3
"""Words of so few letters say something beside the mention alone."""
_TOKEN = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d[\d.,]*|[%$€£#@!?:;,.\-&]")
_IDEOGRAPH = re.compile(r"[一-鿿]")


class HomonymWeights(msgspec.Struct, frozen=True):
    """Weights of features; a feature that is not among them counts for nothing."""

    bias: float
    weights: dict[str, float]

    def score(self, features: set[str]) -> float:
        """The logarithm of the odds that the mention is the company."""
        return self.bias + sum(self.weights.get(feature, 0.0) for feature in features)


def company_odds(text: str, start: int, end: int) -> float:
    """The logarithm of the odds that `text[start:end]` is the company here: above 0 it is more likely than not.

    A name in Latin letters in Chinese text is: what else it means is said in Chinese there.
    """
    chinese = _IDEOGRAPH.match(text, start) is not None
    if not chinese and _IDEOGRAPH.search(text):
        return 1.0
    return weights()["zh" if chinese else "en"].score(features_of(text, start, end))


def features_of(text: str, start: int, end: int) -> set[str]:
    """What the score is made of: the pieces of text around the mention, those beside it with their side and place."""
    if _IDEOGRAPH.match(text, start):
        return set(_chinese(text, start, end))
    return set(_english(text, start, end))


def _english(text: str, start: int, end: int) -> Iterator[str]:
    name = text[start:end].lower()
    yield f"name={name}"
    if is_company_here(text, start, end):
        yield "sign"
    before = _TOKEN.findall(text[max(0, start - _ENGLISH_WINDOW) : start])
    after = _TOKEN.findall(text[end : end + _ENGLISH_WINDOW])
    if before:
        yield "before:" + ("Name" if before[-1][:1].isupper() else "lower" if before[-1].isalpha() else "mark")
    if after:
        yield "after:" + ("Name" if after[0][:1].isupper() else "lower" if after[0].isalpha() else "mark")
    for side, tokens in (("L", before[::-1]), ("R", after)):
        for place, token in enumerate(tokens[:_NEAR_WORDS]):
            word = _shape(token)
            if place < 2:
                yield f"{side}{place}:{word}"
                yield f"{side}{place}:{word[-2:]}$"
            yield f"{side}:{word}"
            yield f"{name}|{side}:{word}"
    for word in map(_shape, (*before, *after)):
        if len(word) > _SHORT_WORD:
            yield f"~{word[:5]}"
    for tag, group in (("'s", text[end : end + 2] in ("'s", "’s")), ("capitals", text[start:end].isupper())):
        if group:
            yield tag


def _shape(token: str) -> str:
    return "0" if token[0].isdigit() else token.lower()


def _chinese(text: str, start: int, end: int) -> Iterator[str]:
    name = text[start:end]
    yield f"name={name}"
    if is_company_here(text, start, end):
        yield "sign"
    before = re.sub(r"[\d.]+", "0", text[max(0, start - _CHINESE_WINDOW) : start])
    after = re.sub(r"[\d.]+", "0", text[end : end + _CHINESE_WINDOW])
    left, right = "^" + before, after + "$"
    for length in (1, 2, 3):
        yield f"L:{left[-length:]}"
        yield f"R:{right[:length]}"
    yield f"{name}|R:{right[:1]}"
    yield f"{name}|R:{right[:2]}"
    yield f"{name}|L:{left[-1:]}"
    yield f"{name}|L:{left[-2:]}"
    for piece in (left, right):
        for place in range(len(piece) - 1):
            yield piece[place : place + 2]


@cache
def weights() -> dict[str, HomonymWeights]:
    """The learned weights of each language.

    :raises InvalidInput: when their file is missing or damaged.
    """
    try:
        return msgspec.json.decode(WEIGHTS.read_bytes(), type=dict[str, HomonymWeights])
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInput(f"weights of homonyms {WEIGHTS}: {error}") from error
