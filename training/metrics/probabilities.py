"""What a model says of texts, before it is read in any labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Probabilities:
    """Of many texts. *Shapes:* sentiment (texts, 3), summing to 1; topics (texts, topics), independent;
    entities (texts, entities of the text, 3).
    """

    sentiment: list[list[float]]
    topics: list[list[float]]
    entities: list[list[list[float]]]

    def part(self, rows: Sequence[int]) -> Probabilities:
        """Those of some texts."""
        return Probabilities(
            [self.sentiment[row] for row in rows],
            [self.topics[row] for row in rows],
            [self.entities[row] for row in rows],
        )
