"""Near duplicates: pairs of texts whose sets of character 5-grams have a Jaccard similarity of 0.8 or more.

Candidates come from MinHash signatures cut into bands (Broder 1997, "On the resemblance and containment of
documents", https://doi.org/10.1109/SEQUEN.1997.666900; banding: Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", chapter 3, http://www.mmds.org); each candidate is then verified on the sets themselves. With 20 bands of 5
hashes a pair at 0.8 is missed with probability (1 - 0.8^5)^20 = 0.0004.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.8
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_NOT_WORD = re.compile(r"[\W_]+")
_GRAM = 5
_BANDS = 20
_ROWS = 5
_CHUNK = 4_000
_Hashes = NDArray[np.uint64]
_CONSTANTS: _Hashes = np.random.default_rng(20_170_101).integers(0, 2**64, (3, _BANDS * _ROWS), dtype=np.uint64)
_FACTORS, _TERMS, _MIX = _CONSTANTS[0] | np.uint64(1), _CONSTANTS[1], _CONSTANTS[2] | np.uint64(1)


def near_duplicate_key(text: str) -> str:
    """Return what near duplicates share: the text without URLs, case, digits and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    masked = _NUMBER.sub("0", _URL.sub(" ", folded))
    return _NOT_WORD.sub(" ", masked).strip()


class NearPair(NamedTuple):
    """Two positions, the smaller one first, and the Jaccard similarity of the texts there."""

    first: int
    second: int
    jaccard: float


def near_pairs(texts: Sequence[str], *, sides: Sequence[int] | None = None) -> list[NearPair]:
    """Find all pairs of near duplicates, in order of their positions; the empty text is near to none.

    :param sides: where given, one a text: only pairs of texts from different sides are wanted.
    """
    rows = [row for row, text in enumerate(texts) if text]
    signatures = _signatures([texts[row] for row in rows])
    candidates: set[tuple[int, int]] = set()
    for start in range(0, _BANDS * _ROWS, _ROWS):
        for group in _equal(signatures[:, start : start + _ROWS]):
            members = [rows[index] for index in group]
            pairs = combinations(members, 2)
            candidates.update(pairs if sides is None else (p for p in pairs if sides[p[0]] != sides[p[1]]))

    @lru_cache(maxsize=200_000)
    def grams(row: int) -> frozenset[str]:
        text = texts[row]
        return frozenset(text[at : at + _GRAM] for at in range(max(1, len(text) - _GRAM + 1)))

    found: list[NearPair] = []
    for first, second in sorted(candidates):
        a, b = grams(first), grams(second)
        if min(len(a), len(b)) >= THRESHOLD * max(len(a), len(b)):
            common = len(a & b)
            jaccard = common / (len(a) + len(b) - common)
            if jaccard >= THRESHOLD:
                found.append(NearPair(first, second, jaccard))
    return found


def near_duplicate_groups(keys: Sequence[str]) -> dict[str, str]:
    """Map each near-duplicate key to the smallest key of its group.

    Groups are the connected components of the near duplicates among the keys; most keys are alone.
    """
    names = sorted(set(keys))
    parents = list(range(len(names)))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for pair in near_pairs(names):
        low, high = sorted((root(pair.first), root(pair.second)))
        parents[high] = low
    return {name: names[root(index)] for index, name in enumerate(names)}


def _signatures(texts: Sequence[str]) -> _Hashes:
    """MinHash signatures. *Shape:* (texts, hashes)."""
    parts = [_part(texts[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK)]
    return np.concatenate(parts) if parts else np.zeros((0, _BANDS * _ROWS), dtype=np.uint64)


def _part(texts: Sequence[str]) -> _Hashes:
    padded = [text.ljust(_GRAM, "\0") for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    ends = np.cumsum([len(text) for text in padded])
    counts = np.array([len(text) - _GRAM + 1 for text in padded])
    hashes = np.zeros(len(codes) - _GRAM + 1, dtype=np.uint64)
    for place in range(_GRAM):
        hashes = hashes * _MIX[0] + codes[place : place + len(hashes)]
    hashes ^= hashes >> np.uint64(32)
    hashes *= _MIX[1]
    hashes ^= hashes >> np.uint64(29)
    inside = np.ones(len(hashes), dtype=bool)
    for shift in range(1, _GRAM):  # grams that would reach into the next text
        inside[(ends[:-1] - shift)] = False
    hashes = hashes[inside]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    found = np.empty((len(texts), _BANDS * _ROWS), dtype=np.uint64)
    for index in range(_BANDS * _ROWS):
        found[:, index] = np.minimum.reduceat(hashes * _FACTORS[index] + _TERMS[index], starts)
    return found


def _equal(band: _Hashes) -> list[list[int]]:
    """The groups of two or more rows that are equal, each in rising order."""
    keys: NDArray[Any] = (band * _MIX[: band.shape[1]]).sum(axis=1, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    cuts = np.flatnonzero(np.diff(keys[order])) + 1
    return [group.tolist() for group in np.split(order, cuts) if len(group) > 1]
