"""Text of others on a terminal: nothing in it may act."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters (escape sequences start with one), bidirectional and other format marks, line separators."""


def visible(text: str) -> str:
    """`text` in one line, each character that acts rather than shows replaced by one; places in it stay the same."""
    return "".join(_seen(char) for char in text)


def _seen(char: str) -> str:
    if unicodedata.category(char) not in _ACTING:
        return char
    return " " if char.isspace() else REPLACEMENT
