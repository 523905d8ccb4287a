"""Weights that make rare classes of a set count for more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from training.data.examples import Example

Key = tuple[str, str, tuple[int, ...]]
"""Head (`sentiment` or `entities`), set, and the classes that the label allows."""


def class_weights(examples: Sequence[Example], exponent: float) -> dict[Key, float]:
    """Weight of each label by (1 / its frequency in its set) ** exponent, with a mean of 1 over the set's rows.

    An exponent of 0 weighs all alike, 1 gives every class of a set the same total.
    """
    counts: Counter[Key] = Counter()
    for example in examples:
        counts.update(keys_of(example))
    raw = {key: count**-exponent for key, count in counts.items()}
    totals: dict[tuple[str, str], list[float]] = {}
    for key, count in counts.items():
        entry = totals.setdefault(key[:2], [0.0, 0.0])
        entry[0] += count
        entry[1] += count * raw[key]
    return {key: weight * totals[key[:2]][0] / totals[key[:2]][1] for key, weight in raw.items()}


def keys_of(example: Example) -> list[Key]:
    """The keys of an example: its own label's where it has one, then one an entity."""
    own = [("sentiment", example.set_name, example.allowed)] if example.allowed else []
    return own + [("entities", example.set_name, entity.allowed) for entity in example.entities]
