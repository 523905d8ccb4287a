"""Sentences of a cleaned text, Chinese or English: by what ends them, not by a grammar."""

from __future__ import annotations

import re

from services.text.mentions import Span

LEAST_WIDTH = 25
"""Of a sentence that stands alone, in Latin letters, of which a Chinese character takes up three; a shorter one, such
as "Ouch!", goes with the one before it."""
MOST_CHARACTERS = 400
"""Of a sentence: what has no end for so long, such as a table, is parted at a blank or, without one, there."""
_ABBREVIATIONS = frozenset(
    [
        *("mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "mt", "gen", "sen", "rep", "gov", "lt", "col", "capt"),
        *("inc", "corp", "co", "ltd", "llc", "plc", "bros", "cos", "dept", "est", "fig", "no", "nos", "vs", "approx"),
        *("avg", "etc", "al", "cf", "e.g", "i.e", "a.m", "p.m", "vol", "ed", "pp", "pct", "bn", "mn"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
    ]
)
_END = re.compile(
    r"[。！？；…]+[”’」』）)\"'】》]*"
    r"|(?<![.!?])(?P<stop>[.!?]++)[”’)\"'\]]*+(?=\s+[^\sa-z]|\s*\Z)"  # a run of stops is looked at once
    r"|(?<![!?;])[!?;]++(?=[\u3400-\u9fff])"
)
_LAST_WORD = re.compile(r"[A-Za-z][A-Za-z.]*\Z")
_LONGEST_ABBREVIATION = 12


def sentences(text: str) -> list[Span]:
    """Where the sentences of a text stand, in order, without blanks around them; together they hold all of its words.

    A full stop ends a sentence where a blank and no small letter follow, and neither an abbreviation nor an initial
    stands before it.
    """
    found: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        before = text[max(start, match.start() - _LONGEST_ABBREVIATION) : match.start()]
        if match["stop"] != "." or not _is_abbreviated(before):
            found += _parts(text, start, match.end())
            start = match.end()
    return _joined(text, found + _parts(text, start, len(text)))


def _is_abbreviated(before: str) -> bool:
    """Whether a full stop after `before` ends a short form and no sentence."""
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    return len(word[0]) == 1 or word[0].lower() in _ABBREVIATIONS or ("." in word[0] and len(word[0]) <= 4)


def _parts(text: str, start: int, end: int) -> list[Span]:
    """`text[start:end]` without blanks around it, in parts of at most `MOST_CHARACTERS`; none where it has no word."""
    found: list[Span] = []
    while end - start > MOST_CHARACTERS:
        blank = text.rfind(" ", start + MOST_CHARACTERS // 2, start + MOST_CHARACTERS)
        cut = start + MOST_CHARACTERS if blank < 0 else blank
        found += _stripped(text, start, cut)
        start = cut
    return found + _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> list[Span]:
    piece = text[start:end]
    if not any(map(str.isalnum, piece)):
        return []
    return [(start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip()))]


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Sentences too short to stand alone go with the one before them, the first with the one after it."""
    found: list[Span] = []
    for span in spans:
        if found and (_is_short(text, *found[-1]) or _is_short(text, *span)):
            found[-1] = (found[-1][0], span[1])
        else:
            found.append(span)
    return found


def _is_short(text: str, start: int, end: int) -> bool:
    return sum(3 if char >= "\u2e80" else 1 for char in text[start : min(end, start + LEAST_WIDTH)]) < LEAST_WIDTH
