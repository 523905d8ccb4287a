"""Which language a cleaned text is in: zh, en or other; in doubt en, as most short texts with tickers are."""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from services.domain.messages import Lang

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


def detect(text: str) -> Lang:
    """The language of a cleaned text.

    Han characters without kana or hangul are zh; a text mostly in another script is other; Latin script goes
    to a language identifier, and is other only when that is sure and the text long enough.
    """
    words = _NO_LANGUAGE.sub(" ", text[:MAX_CHARS])
    if words.isascii():
        return _detect_latin(words)
    han = len(_HAN.findall(words))
    foreign = len(_KANA_HANGUL.findall(words))
    latin = len(_LATIN_LETTER.findall(words))
    chinese = 3 * han >= latin or (han >= 5 and 8 * han >= latin)  # lists of foreign company names are Chinese too
    if han and chinese and foreign * 10 <= han:
        return "zh"
    other_script = len(_LETTER.findall(words)) - latin - han
    if 2 * (other_script + han) > latin and (other_script >= 3 or (foreign and han)):
        return "other"
    return _detect_latin(words)


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
