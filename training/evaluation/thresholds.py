"""The probability from which a topic counts as given: chosen on development rows, or as a bundle has it."""

from __future__ import annotations

from collections.abc import Sequence

from services.inference.bundle import Bundle
from training.data.examples import Example
from training.data.taxonomy import Taxonomy
from training.metrics.label_space import DEFAULT_THRESHOLD

_GRID = tuple(round(0.2 + 0.05 * step, 2) for step in range(13))
_LEAST_POSITIVES = 20


def choose_thresholds(
    examples: Sequence[Example], probabilities: Sequence[Sequence[float]], topics: int
) -> dict[int, float]:
    """Return the threshold of each topic, by index: the one of the grid 0.2 .. 0.8 with the best F1.

    Only rows that know the topic count. A topic with fewer than 20 positive rows keeps 0.5, and of
    equally good thresholds the one nearest 0.5 is taken. *Shape:* probabilities (rows, topics).
    """
    chosen: dict[int, float] = {}
    for topic in range(topics):
        rows = [
            (row[topic], topic in example.topics)
            for example, row in zip(examples, probabilities, strict=True)
            if topic in example.known
        ]
        chosen[topic] = DEFAULT_THRESHOLD
        if sum(positive for _, positive in rows) >= _LEAST_POSITIVES:
            chosen[topic] = max(_GRID, key=lambda at: (_f1(rows, at), -abs(at - DEFAULT_THRESHOLD)))
    return chosen


def thresholds_by_index(bundle: Bundle, taxonomy: Taxonomy) -> dict[int, float]:
    """Return the bundle's topic thresholds by the topic's index in the taxonomy."""
    given = bundle.manifest.topic_thresholds
    return {index: given[name] for index, name in enumerate(taxonomy.ids) if name in given}


def _f1(rows: Sequence[tuple[float, bool]], threshold: float) -> float:
    hits = sum(positive for p, positive in rows if p >= threshold)
    given = sum(p >= threshold for p, _ in rows)
    positives = sum(positive for _, positive in rows)
    return 2 * hits / (given + positives) if given + positives else 0.0
