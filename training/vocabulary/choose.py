"""Which pieces stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.errors import ConfigError
from training.vocabulary.pieces import Vocabulary


@dataclass(frozen=True)
class Rule:
    """Pieces seen at least `least_count` times, and of these, with `most`, so many pieces in all."""

    least_count: int
    most: int | None = None


def choose(vocabulary: Vocabulary, counts: Sequence[int], rule: Rule) -> list[int]:
    """The ids that stay, rising: all indispensable ones, and the most frequent of the others that the rule allows.

    *Shape:* counts (pieces,). Of equally frequent pieces the one with the lower id stays.

    :raises ConfigError: when the rule has no room for the indispensable ones.
    """
    always = vocabulary.indispensable
    seen = [index for index, count in enumerate(counts) if count >= rule.least_count and index not in always]
    if rule.most is None:
        return sorted([*always, *seen])
    room = rule.most - len(always)
    if room < 0:
        raise ConfigError(
            f"cannot keep {rule.most} pieces: the special pieces and single characters alone are {len(always)}"
        )
    return sorted([*always, *sorted(seen, key=lambda index: (-counts[index], index))[:room]])
