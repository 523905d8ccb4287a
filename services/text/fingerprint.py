"""A 64-bit fingerprint of a short text: retweets, cut copies and re-posted newsletters differ in few bits.

One bit of each of 64 MinHashes (Li and König 2010, "b-Bit Minwise Hashing", with b = 1): two texts whose sets
of features have the Jaccard similarity J differ in 32 (1 - J) bits on average. Chosen over SimHash by
measurement (docs/decisions/0008-detector-score.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

NEAR_BITS = 10
"""Two texts are near-repeats when their fingerprints differ in at most this many bits."""
MAX_CHARS = 2_000
"""Characters of a text that are looked at."""
MIN_FEATURES = 3
"""A text of fewer features repeats only a text of the same words."""

_HASHES = 64
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RETWEET = re.compile(r"\brt\b\s*(?=@\w)")
_NOISE = re.compile(
    r"(?:https?://|www\.)[^\s\u3000-\u9fff\uff00-\uffef]+"  # links
    r"|@\w+|\$[a-z][\w.]*"  # handles, cashtags
    r"|\d+(?:st|nd|rd|th|k|m|bn?|x)?\b"  # numbers
    r"|[a-z#'/.:]+(?:…|\.\.\.)\s*$"  # a last word that was cut
)
_RUN = re.compile(rf"[{_HAN}]+|[^\W\d_{_HAN}]+(?:'[^\W\d_{_HAN}]+)?")


def fingerprint(text: str) -> int:
    """The fingerprint of a cleaned text, 0 to 2^64 - 1; the same in every process and version of Python."""
    runs = normalise(text)
    found = features(runs, triples=True)
    if len(found) < MIN_FEATURES:
        return _hash(" ".join(runs) or text)
    values = np.array([_hash(each) for each in found], dtype=np.uint64)
    smallest = (values[:, None] * _FACTORS + _TERMS).min(axis=0)
    bits = (smallest * _MIX) >> np.uint64(63)
    return int.from_bytes(np.packbits(bits.astype(np.uint8)).tobytes(), "big")


def distance(a: int, b: int) -> int:
    """In how many of their 64 bits two fingerprints differ."""
    return (a ^ b).bit_count()


def near(a: int, b: int) -> bool:
    """Whether two fingerprints are those of near-repeats."""
    return distance(a, b) <= NEAR_BITS


def normalise(text: str) -> list[str]:
    """The runs of Han characters and the words of other scripts; no links, handles, cashtags and numbers."""
    text = _RETWEET.sub(" ", text[:MAX_CHARS].lower())
    return _RUN.findall(_NOISE.sub(" ", text))


def features(runs: Sequence[str], *, triples: bool) -> set[str]:
    """Words and pairs of words; pairs of Han characters, and `triples` of them where they are wanted."""
    found: set[str] = set()
    before = ""
    for run in runs:
        if is_han(run[0]):
            found.update(run[i : i + 2] for i in range(max(len(run) - 1, 1)))
            if triples:
                found.update(run[i : i + 3] for i in range(len(run) - 2))
            before = ""
        else:
            found.add(run)
            if before:
                found.add(f"{before} {run}")
            before = run
    return found


def is_han(char: str) -> bool:
    """Whether a character is one of the unified ideographs that runs are made of."""
    return "\u3400" <= char <= "\u4dbf" or "\u4e00" <= char <= "\u9fff"


@lru_cache(maxsize=1 << 16)
def _hash(feature: str) -> int:
    """64 bits that are the same in every process, unlike `hash`."""
    return int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _constants(name: str) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array([_hash(f"{name} {index}") for index in range(_HASHES)], dtype=np.uint64)


_FACTORS = _constants("factor") | np.uint64(1)
_TERMS = _constants("term")
_MIX = np.uint64(0x9E3779B97F4A7C15)
