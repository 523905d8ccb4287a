"""Pieces of a text that can be left out: words of English, a few characters of Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.text.mentions import Span

MOST_SEGMENTS = 12
"""Pieces of a text; each costs one more text to score."""
_HAN_RUN = 2
"""Chinese characters in an atom: most words have two."""
_WINDOW = 512
"""About what the model reads of a text: Latin characters, of which a Chinese one takes up three."""
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_ATOM = re.compile(rf"[{_HAN}]{{1,{_HAN_RUN}}}|[^\s{_HAN}]+")
_SENSE = re.compile(r"\w|[\u2600-\u27bf\U0001F000-\U0001FAFF]")
"""What an atom needs to be more than punctuation."""


def segments(text: str, most: int = MOST_SEGMENTS) -> list[Span]:
    """Cut a text into at most `most` pieces: words, or two Chinese characters; neighbours where there are too many.

    Punctuation goes with the piece before it. What lies beyond the model's window is left alone.
    """
    atoms: list[Span] = []
    for match in _ATOM.finditer(text, 0, _visible(text)):
        if atoms and not _SENSE.search(match[0]):
            atoms[-1] = (atoms[-1][0], match.end())
        else:
            atoms.append(match.span())
    size, longer = divmod(len(atoms), most)
    sizes = [size + 1] * longer + [size] * (most - longer)
    found: list[Span] = []
    start = 0
    for count in sizes:
        if count:
            found.append((atoms[start][0], atoms[start + count - 1][1]))
            start += count
    return found


def without(text: str, spans: Sequence[Span]) -> str:
    """The text with pieces left out and blanks folded."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return " ".join(text.split())


def _visible(text: str) -> int:
    """Where the part of a text ends that fits the window."""
    left = _WINDOW
    for place, character in enumerate(text):
        left -= 3 if character >= "\u2e80" else 1
        if left < 0:
            return place
    return len(text)
