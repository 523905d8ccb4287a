"""Which language a cleaned text is in: zh, en or other; in doubt en, as most short texts with tickers are."""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from services.domain.messages import Lang
from services.text.han import is_japanese

MAX_CHARS = 400
"""Characters that are looked at."""
MIN_LETTERS = 20
MIN_WORDS = 4
"""A text of fewer Latin letters or words than these is taken for English: tickers and names say nothing."""
MAX_ENGLISH = 1e-4
"""A text is `other` only when the identifier's probability of English is below this."""

#: Latin-script languages worth telling from English on a financial stream; the others only take votes away.
_LATIN = [
    *("ca", "cs", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it", "lt", "lv"),
    *("ms", "nl", "no", "pl", "pt", "ro", "sk", "sl", "sv", "sw", "tl", "tr", "vi"),
]

_NO_LANGUAGE = re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff]+|[$#@][A-Za-z0-9_.]+|\b[A-Z0-9]{2,5}\b|\bvia\b")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{2,}")
_KANA_HANGUL = re.compile(r"[\u3041-\u30fa\u31f0-\u31ff\uac00-\ud7a3\u1100-\u11ff]")
_LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff']{2,}")
_ENGLISH_WORD = re.compile(
    r"\b(the|and|from|with|this|that|will|are|its|it's|after|have|be|you|what|how|why|than"
    r"|of|to|is|for|on)\b",
    re.IGNORECASE,
)
_ENGLISH_WORDS = 2
_CHINESE_GRAMMAR = re.compile(
    "[的了在是不被将將吗嗎呢吧和也都就又很没沒会會要把从從对對太再还還更让讓给給这這那到跟与與着著过過嘅咗喺唔係佢啲]"
)
"""Characters that make a sentence of the words around them."""


def detect(text: str) -> Lang:
    """The language of a cleaned text.

    Han characters without kana or hangul are zh, unless they are Japanese; so is a sentence in Chinese with English
    words in it. A text mostly in another script is other; Latin script goes to a language identifier, and is other only
    when that is sure and the text long enough.
    """
    words = _NO_LANGUAGE.sub(" ", text[:MAX_CHARS])
    if words.isascii():
        return _detect_latin(words)
    han = len(_HAN.findall(words))
    foreign = len(_KANA_HANGUL.findall(words))
    latin = len(_LATIN_LETTER.findall(words))
    if han and foreign * 10 <= han and (_mostly_han(han, latin) or _is_mixed_chinese(words, han)):
        return "other" if is_japanese(words) else "zh"
    other_script = len(_LETTER.findall(words)) - latin - han
    if 2 * (other_script + han) > latin and (other_script >= 3 or (foreign and han)):
        return "other"
    return _detect_latin(words)


def _mostly_han(han: int, latin: int) -> bool:
    """Whether so many letters are a Chinese text; lists of foreign company names are one too."""
    return 3 * han >= latin or (han >= 5 and 8 * han >= latin)


def _is_mixed_chinese(words: str, han: int) -> bool:
    """Whether it is a Chinese sentence with English words in it, and not an English one that quotes a Chinese name: it
    has Chinese grammar, or Chinese words in several places and no English grammar."""
    if len(_WORD.findall(words)) > 2 * han + 2:
        return False
    scattered = len(_HAN_WORD.findall(words)) >= 2 and not _ENGLISH_WORD.search(words)
    return scattered or bool(_CHINESE_GRAMMAR.search(words))


def _detect_latin(words: str) -> Lang:
    """English or other, for Latin script."""
    if len(set(map(str.lower, _ENGLISH_WORD.findall(words)))) >= _ENGLISH_WORDS:
        return "en"
    found = _WORD.findall(words)
    if len(found) < MIN_WORDS or sum(map(len, found)) < MIN_LETTERS:
        return "en"
    return "other" if english_probability(" ".join(found)) < MAX_ENGLISH else "en"


def english_probability(text: str) -> float:
    """The identifier's probability that a Latin-script text is English."""
    return float(dict(_identifier().rank(text))["en"])


@cache
def _identifier() -> LanguageIdentifier:
    """The identifier, read once (about a second)."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LATIN)
    return identifier
