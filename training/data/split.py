"""A deterministic development split that keeps near duplicates on one side."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def development_rank(key: str) -> float:
    """Map a near-duplicate key to a number in [0, 1) that depends on the key alone."""
    digest = hashlib.blake2b(key.encode("utf-8"), digest_size=8, person=b"gs-dev-split").digest()
    return int.from_bytes(digest, "big") / 2**64


def development_groups(keys: list[str], *, share: float, most_rows: int) -> frozenset[str]:
    """Choose the keys whose rows form the development split.

    The groups with the lowest rank are taken up to `share`, as long as no more than `most_rows`
    rows come together; what is chosen does not depend on the order of `keys`.
    """
    counts: dict[str, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    chosen: set[str] = set()
    rows = 0
    for rank, key in sorted((development_rank(key), key) for key in counts):
        if rank >= share:
            break
        if rows + counts[key] <= most_rows:
            chosen.add(key)
            rows += counts[key]
    return frozenset(chosen)


def whole_groups(chosen: frozenset[str], links: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Keep the chosen units that no near duplicate ties to a unit that was not chosen; the others go back to training.

    `links`: of each row its unit (the key, or the value of the field that groups the set) and its group of near
    duplicates. Neither a unit nor a group is then on both sides, and no training row leaves training.
    """
    outside = {group for unit, group in links if unit not in chosen}
    tied = {unit for unit, group in links if group in outside}
    return whole_groups(chosen - tied, links) if chosen & tied else chosen
