"""Anybody's text made safe to stand in one line of an alert: nothing hidden, no line break, a length that is bounded.

Signs that mean something to a receiver (HTML, Markdown, templates, JSON) stay as they are: escaping them is the
receiver's part, who alone knows which they are.
"""

from __future__ import annotations

import re
import unicodedata

MOST_MARKS = 4
"""Combining marks in a row that are kept."""
LOOKED_AT = 8
"""So many times the limit is looked at: what is hidden may be many times what is seen, and may also be endless."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Unicode's categories of controls (bidirectional marks and tags among them), surrogates and private signs."""
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SPACE = re.compile(r"\s+")


def safe_text(text: str, limit: int) -> str:
    """One line of at most `limit` characters, the last one `…` where something was cut; may be empty."""
    line = _SPACE.sub(" ", _visible(text[: LOOKED_AT * limit])).strip()
    if len(line) <= limit and len(text) <= LOOKED_AT * limit:
        return line
    return line[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    kept = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        hidden = unicodedata.category(sign) in _HIDDEN or sign in _BLANK_LETTERS
        if sign.isspace() or not (hidden or marks > MOST_MARKS):
            kept.append(sign)
    return "".join(kept)
