"""A place in a text that names a company, and how places that overlap are settled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Sense = Literal["name", "homonym", "word"]
"""What a name is without its context: a company, that or something else, or an ordinary word first of all."""


class Hit(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text name company `id`; None: they name none for sure."""

    start: int
    end: int
    id: str | None
    sense: Sense = "name"


def _from_left(hit: Hit) -> tuple[int, int]:
    return hit[0], -hit[1]


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Hits that do not overlap, from left to right: the leftmost wins, then the longest."""
    chosen: list[Hit] = []
    end = 0
    for hit in sorted(hits, key=_from_left):
        if hit.start >= end:
            chosen.append(hit)
            end = hit.end
    return chosen
