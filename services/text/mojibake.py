"""Mojibake: text that was read in a wrong encoding before it came here; recognised, and repaired where that is certain.

Three ways are usual: UTF-8 read as windows-1252, which ftfy undoes; UTF-8 read as GB 18030; GB 2312 read as ISO 8859-1.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

import ftfy
from ftfy.badness import is_bad

from services.text.double_byte import REPLACEMENT, usual_share

WRONG_SHARE = 0.5
"""Of common characters: a Chinese text with less may be mojibake, in which hardly any is common."""
CERTAIN_SHARE = 0.75
"""Of common characters in a repair that cannot bring all back."""
LONG_RUN_SHARE = 0.3
"""Of common characters in a run of six letters with accents or more, of which no language has any."""
MOST_LOST = 0.15
"""Of the characters of a repair, those that cannot be brought back."""
_LOOKED_AT_CHARS = 200

_DAMAGE = re.compile("\ufffd|锟斤拷|[锛銆鈥][^ -~]")
"""Lost characters, and what punctuation becomes when UTF-8 is read as GB 18030: its first two bytes."""
_HIGH_BYTE = (
    "\x80-\x9f\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122\ufffd"
)
"""What windows-1252 and ISO 8859-1 make of the bytes below 0xa0, which are in UTF-8 and not in GB 2312."""
_UTF8_AS_LATIN = re.compile(f"[\xc2-\xf4][\xa0-\xbf{_HIGH_BYTE}]|[\x80-\x9f]")
_NO_GB_AS_LATIN = re.compile(f"[\xc2-\xf4][\xa0-\xbf]?[{_HIGH_BYTE}]")
_GB_AS_LATIN = re.compile("[\xa1-\xfe]{4,}")
_GB_AS_LATIN_BESIDE_OTHER = re.compile("[\xa1-\xfe]{2,}")
_WIDE = re.compile("[\u0800-\ufffc]")
"""Three bytes of UTF-8 each."""
_CURLY = re.compile("[\u2010-\u203a]")
_SIGN_OF_LOSS = "\x1a"


class Repaired(NamedTuple):
    """A text, whether it was changed, and whether what is left shows that something was lost."""

    text: str
    changed: bool
    damaged: bool


def repair(text: str) -> Repaired:
    """`text` as it was before it was read wrongly; the same where that is not certain."""
    if text.isascii():
        return Repaired(text, False, False)
    found = _gb_from_latin(_utf8_from_gb(text))
    damaged = False
    if _UTF8_AS_LATIN.search(found):
        found = ftfy.fix_encoding(found)
        damaged = is_bad(found)
    return Repaired(found, found != text, damaged or bool(_DAMAGE.search(found)))


def _utf8_from_gb(text: str) -> str:
    """UTF-8 that was read as GB 18030, where each three bytes of a character became one and a half."""
    if usual_share(text[:_LOOKED_AT_CHARS]) >= WRONG_SHARE:
        return text
    data = text.replace(REPLACEMENT, _SIGN_OF_LOSS).encode("gb18030", "replace")
    try:
        found = data.decode("utf-8")
    except UnicodeDecodeError:
        found = data.decode("utf-8", "replace").replace(_SIGN_OF_LOSS, "")
        return found if _is_mostly_whole(found) else text
    # that all bytes are right by chance, in characters of three, is out of the question
    return found if len(_WIDE.findall(found)) >= 2 or _CURLY.search(found) else text


def _is_mostly_whole(text: str) -> bool:
    whole = text.replace(REPLACEMENT, "")
    lost = len(text) - len(whole)
    others = sum(char > "\x7f" for char in whole)
    return others >= 3 and lost <= MOST_LOST * (others + lost) and usual_share(whole) >= CERTAIN_SHARE


def _gb_from_latin(text: str) -> str:
    """GB 2312 that was read as ISO 8859-1, each two bytes of a character as two letters with accents."""
    if _NO_GB_AS_LATIN.search(text) or not any(_reread(run) for run in _GB_AS_LATIN.findall(text)):
        return text
    return _GB_AS_LATIN_BESIDE_OTHER.sub(lambda run: _reread(run.group(), sure=True) or run.group(), text)


def _reread(run: str, *, sure: bool = False) -> str | None:
    """The Chinese in a run of letters, where it is such; `sure` when the text is known to hold some."""
    data = run.encode("latin-1")
    with suppress(UnicodeDecodeError):
        data.decode("utf-8")
        return None
    try:
        found = data.decode("gb2312")
    except UnicodeDecodeError:
        return None
    least = 0.0 if sure else LONG_RUN_SHARE if len(found) > 2 else CERTAIN_SHARE
    return found if usual_share(found) >= least else None
