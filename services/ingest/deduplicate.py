"""Which ids were seen lately: a window of fixed memory, so that an exact repeat is dropped."""

from __future__ import annotations

import hashlib
from array import array

WAYS = 32
"""Ids that share a bucket."""


class RepeatWindow:
    """Remembers the last `capacity` ids or more, 16 bytes each, oldest forgotten first.

    Ids are stored as 64-bit hashes in buckets of 32, filled to half at `capacity`, each in order of use.
    """

    def __init__(self, capacity: int = 1_000_000) -> None:
        self._buckets = max(1, 2 * capacity // WAYS)
        self._hashes = array("Q", bytes(8 * WAYS * self._buckets))

    def add(self, source: str, event_id: str) -> bool:
        """Remember the id; True when it is new."""
        hashed, start = self._place(source, event_id)
        bucket = self._hashes[start : start + WAYS]
        new = hashed not in bucket
        bucket.pop(0 if new else bucket.index(hashed))
        bucket.append(hashed)
        self._hashes[start : start + WAYS] = bucket
        return new

    def knows(self, source: str, event_id: str) -> bool:
        """Whether the id is remembered."""
        hashed, start = self._place(source, event_id)
        return hashed in self._hashes[start : start + WAYS]

    def forget(self, source: str, event_id: str) -> None:
        """Forget the id, so that the text can come again."""
        hashed, start = self._place(source, event_id)
        bucket = self._hashes[start : start + WAYS]
        if hashed in bucket:
            bucket.remove(hashed)
            bucket.insert(0, 0)
            self._hashes[start : start + WAYS] = bucket

    def _place(self, source: str, event_id: str) -> tuple[int, int]:
        """(64-bit hash, never 0 which means empty; index of the first place of its bucket)."""
        joined = f"{source}\0{event_id}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(joined, digest_size=16).digest()
        hashed = int.from_bytes(digest[:8], "little") or 1
        return hashed, int.from_bytes(digest[8:], "little") % self._buckets * WAYS
