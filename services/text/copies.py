"""Whether a text repeats another, and how much of it could have been written twice.

A text is sketched by the smallest hashes of its features (bottom-k), which estimates how much of one text is contained
in another however different their lengths are (Broder 1997, "On the resemblance and containment of documents"): the
core of a story is found under the prefixes, by-lines and suffixes of those who copy it, and in a headline that was cut.
How much the shared part says is measured in bits, at the entropy of English (Brown et al. 1992, "An Estimate of an
Upper Bound for the Entropy of English"): many people find the same three words, nobody finds the same twelve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from zlib import crc32

import numpy as np
import numpy.typing as npt

from services.text.fingerprint import features, is_han, normalise

MAX_CHARS = 300
"""Characters of a text that are looked at: a headline and its lead."""
CONTAINED = 0.5
"""A text repeats another when so much of the shorter one is in the longer one,"""
CORE_BITS = 32.0
"""and that says more than this;"""
ALIKE = 0.6
"""or when this is their Jaccard similarity."""
SLOGAN_BITS = 64.0
"""What says no more may be written by many, each for himself: some 37 letters, or twelve Han characters."""

_BITS_A_LETTER = 1.75
_BITS_A_HAN = 3 * _BITS_A_LETTER
"""Chinese takes a third of the characters of English to say the same."""
_HASHES = 24
_LEAST_SHARED = 6
"""Hashes that two texts must share to be compared by a sample of their features."""
_LARGEST = (1 << 16) - 1
_MIX = 0x9E3779B1
_SKETCH = Struct(f"<{_HASHES + 2}H")
_EMPTY = bytes(_SKETCH.size)
_PASSED_ON = re.compile(r"https?://|www\.|\b[a-z][\w-]*\.[a-z]{2,}/|\brt\b\s*:?\s*@|//@|\bvia @", re.IGNORECASE)
"""A link, or the mark of a repost."""
_WRAPPING = re.compile(
    r"^(?:【[^】]+】|[A-Z][A-Za-z ]*\d*-(?=[A-Z])|[^()]{0,40}\([A-Z]\w+\) -+)"  # what a wire puts before a headline
    r"|(?:\s[-–—|]\s|\s?[|_])[A-Z\u4e00-\u9fff][^-–—|_!?。]{1,30}$"  # the outlet behind it
    r"|\([^()]{4,}\)$"  # an editor's note
)

Numbers = npt.NDArray[np.uint16]
"""Those of a sketch."""


@lru_cache(maxsize=1 << 8)
def sketch(text: str, subject: str = "") -> bytes:
    """What is kept of a cleaned text to compare it with others; the same in every process.

    `subject` is what all of them are about (the name of a company): it tells nothing and is left out. Numbers of 16
    bits: the information of the text in bits, how many hashes there are, the smallest hashes of its features in
    ascending order, then zeros.
    """
    looked_at = (_WRAPPING.sub(" ", text)[:MAX_CHARS] or text[:MAX_CHARS]).lower()
    if subject:
        looked_at = re.sub(rf"(?<![a-z]){re.escape(subject.lower())}(?![a-z])", " ", looked_at)
    runs = normalise(looked_at) or [looked_at or " "]
    hashes = sorted({_hash(each) for each in features(runs, triples=False)})[:_HASHES]
    bits = min(max(round(_information(runs)), 1), _LARGEST)
    return _SKETCH.pack(bits, len(hashes), *hashes, *[0] * (_HASHES - len(hashes)))


def shared_bits(one: bytes, others: Sequence[bytes]) -> npt.NDArray[np.float64]:
    """The information, in bits, of what a text shares with each of others; 0 where neither repeats the other.

    An empty sketch repeats nothing.
    """
    found = np.zeros(len(others))
    if not others or not one:
        return found
    mine = np.frombuffer(one, dtype="<u2")
    rows = np.frombuffer(b"".join(each or _EMPTY for each in others), dtype="<u2").reshape(len(others), -1)
    is_mine = np.zeros(_LARGEST + 1, dtype=np.bool_)
    is_mine[mine[2:]] = True
    is_mine[0] = False
    shared = is_mine[rows[:, 2:]].sum(axis=1)
    least = np.minimum(_LEAST_SHARED, (np.minimum(mine[1], rows[:, 1]) + 1) // 2)
    for row in np.flatnonzero((shared >= least) & (shared > 0)):
        found[row] = _shared_bits(mine, rows[row], int(shared[row]))
    return found


def _shared_bits(one: Numbers, other: Numbers, shared: int) -> float:
    """The same of two sketches that have so many hashes in common."""
    limit = min(_limit(one), _limit(other))
    if limit < _LARGEST and shared < _LEAST_SHARED:
        return 0.0
    size, other_size = _size(one, limit), _size(other, limit)
    contained = shared / min(size, other_size)
    bits = contained * min(int(one[0]), int(other[0]))
    alike = shared / (size + other_size - shared)
    return bits if alike >= ALIKE or (contained >= CONTAINED and bits > CORE_BITS) else 0.0


def is_passed_on(text: str) -> bool:
    """Whether a text shows that it comes from elsewhere: a link, the mark of a repost, an outlet's name at its ends."""
    return bool(_PASSED_ON.search(text) or _WRAPPING.search(text))


def _limit(numbers: Numbers) -> int:
    """Up to which hash a sketch knows all features of its text."""
    return int(numbers[-1]) or _LARGEST


def _size(numbers: Numbers, limit: int) -> int:
    """How many hashes of a sketch are at most `limit`."""
    return int(np.searchsorted(numbers[2 : 2 + int(numbers[1])], limit, side="right"))


def _information(runs: Sequence[str]) -> float:
    return sum(len(run) * _BITS_A_HAN if is_han(run[0]) else (len(run) + 1) * _BITS_A_LETTER for run in runs)


def _hash(feature: str) -> int:
    """16 bits, never 0, that are the same in every process, unlike `hash`."""
    return (crc32(feature.encode("utf-8", "replace")) * _MIX >> 16 & _LARGEST) or 1
