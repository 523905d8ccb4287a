"""Where a named entity stands in a text: found the same way in training and in serving."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""Start and end of a piece of text, in characters; the end is not included."""


@dataclass(frozen=True, slots=True)
class Named:
    """An entity of a text: its name as it stands there, and which occurrence is meant (None: all of them)."""

    name: str
    occurrence: int | None = None


def occurrences(text: str, name: str) -> tuple[Span, ...]:
    """The places of `name` in `text`, in order, none overlapping.

    A name that begins or ends in a Latin letter or a digit is looked for as a whole word, first in its own case,
    then in any; where there is no such word, as part of one.
    """
    if not name:
        return ()
    plain = re.escape(name)
    left = r"(?<![A-Za-z0-9])" if name[0].isascii() and name[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if name[-1].isascii() and name[-1].isalnum() else ""
    for pattern, flags in ((left + plain + right, 0), (left + plain + right, re.IGNORECASE), (plain, re.IGNORECASE)):
        if found := tuple(match.span() for match in re.finditer(pattern, text, flags)):
            return found
    return ()


def locate(text: str, named: Named) -> tuple[Span, ...]:
    """The places of an entity in `text`: the occurrence that is meant, or all; empty when the name is not there."""
    found = occurrences(text, named.name)
    if named.occurrence is None or not found:
        return found
    return (found[min(named.occurrence, len(found) - 1)],)


def occurrence_at(text: str, name: str, start: int) -> int | None:
    """Which occurrence of `name` in `text` begins at or after `start`; None when none does."""
    for index, (begin, _) in enumerate(occurrences(text, name)):
        if begin >= start:
            return index
    return None


def tokens_of(offsets: Sequence[Span], spans: Sequence[Span]) -> list[int]:
    """The positions of the tokens that overlap any of `spans`; `offsets` are the tokens' places in the text.

    Where none does (the name is not in the text, or beyond its cut), all tokens: the entity then takes the
    sentiment of the whole text.
    """
    inside = [
        index
        for index, (start, end) in enumerate(offsets)
        if any(start < span_end and end > span_start for span_start, span_end in spans)
    ]
    return inside or list(range(len(offsets)))
