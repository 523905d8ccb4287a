"""Anybody's text made safe to show: nothing in it acts, hides, or is longer than there is room for.

The one place that decides which characters those are. Signs that mean something to a receiver (HTML, Markdown,
templates, JSON) stay as they are: escaping them is the receiver's part, who alone knows which they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
MOST_MARKS = 4
"""Combining marks in a row that show."""
LOOKED_AT = 8
"""So many times the limit is looked at: what is hidden may be many times what is seen, and may also be endless."""

_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode's categories of controls (escape sequences start with one), formats (bidirectional marks, zero width and
tags among them), surrogates, private signs, and separators of lines and paragraphs."""
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_EMOJI_SELECTORS = "\ufe0e\ufe0f"
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0").union(
    map(chr, (*range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)))
)
"""What else has no look: the Default_Ignorable_Code_Point of Unicode (DerivedCoreProperties.txt), and empty Braille."""


def characters(text: str) -> Iterator[tuple[str, bool]]:
    """Each character of `text`, and whether it shows and does nothing else."""
    before, marks = "", 0
    for char in text:
        category = unicodedata.category(char)
        if char in _SELECTORS:
            shows = _has_variants(before, char)
        elif category in _ACTING or char in _BLANK:
            shows = False
        elif category in {"Mn", "Me"}:
            marks += 1
            shows = marks <= MOST_MARKS
        else:
            marks, shows = 0, True
        before = char if shows else ""
        yield char, shows


def safe_text(text: str, limit: int) -> str:
    """One line of at most `limit` characters, the last one `…` where something was cut; may be empty."""
    line = one_line(text[: LOOKED_AT * limit])
    if len(line) <= limit and len(text) <= LOOKED_AT * limit:
        return line
    return line[: limit - 1].rstrip() + "…"


def one_line(text: str) -> str:
    """What shows of `text`, with one blank for each run of blanks and line breaks."""
    line = "".join(" " if char.isspace() else char for char, shows in characters(text) if shows or char.isspace())
    return " ".join(line.split())


def masked(text: str) -> str:
    """`text` in one line, a replacement character or a blank in place of each that does not show.

    Places in it stay the same, so that offsets into `text` hold.
    """
    return "".join(char if shows else " " if char.isspace() else REPLACEMENT for char, shows in characters(text))


def _has_variants(base: str, selector: str) -> bool:
    """Whether a selector chooses the look of what is before it: an emoji or keycap, an ideograph."""
    if not base:
        return False
    category = unicodedata.category(base)
    return category[0] in "NPS" if selector in _EMOJI_SELECTORS else category == "Lo"
