"""What the model says of one text."""

from __future__ import annotations

from dataclasses import dataclass

Triple = tuple[float, float, float]
"""(negative, neutral, positive), summing to 1."""
NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
"""The places in a `Triple`."""
SENTIMENT_LABELS = ("negative", "neutral", "positive")
"""The order of the model's sentiment outputs; everything downstream relies on it."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Sentiment of the text, P(topic) of every topic, and the sentiment towards each entity that was asked for."""

    sentiment: Triple
    topics: dict[str, float]
    entities: tuple[Triple, ...] = ()


def leading(shares: Triple) -> int:
    """The place of the most likely sentiment."""
    return max((NEGATIVE, NEUTRAL, POSITIVE), key=shares.__getitem__)
