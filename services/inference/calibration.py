"""How sure a model may look: the logits of each head are divided by a temperature of its own.

Temperature scaling, Guo et al. 2017, https://arxiv.org/abs/1706.04599: no decision between classes changes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from services.inference.scores import Scores, Triple

SENTIMENT, TOPICS, ENTITIES = "sentiment", "topics", "entities"
"""The heads, as a manifest's temperatures name them."""
_SMALLEST = 1e-12


def calibrate(scores: Scores, temperatures: Mapping[str, float], added: Collection[str] = ()) -> Scores:
    """Divide the logits of each head by its temperature (1 where none is given).

    `added` are the topics that no head of the model gives: the temperatures were not fitted for them.
    """
    if not temperatures:
        return scores
    topic = temperatures.get(TOPICS, 1.0)
    return Scores(
        soften(scores.sentiment, temperatures.get(SENTIMENT, 1.0)),
        {name: p if name in added else soften_binary(p, topic) for name, p in scores.topics.items()},
        tuple(soften(one, temperatures.get(ENTITIES, 1.0)) for one in scores.entities),
    )


def soften(shares: Triple, temperature: float) -> Triple:
    """softmax(log(shares) / temperature)."""
    if temperature == 1.0:
        return shares
    logs = [math.log(max(p, _SMALLEST)) / temperature for p in shares]
    highest = max(logs)
    powers = [math.exp(value - highest) for value in logs]
    total = sum(powers)
    negative, neutral, positive = (power / total for power in powers)
    return (negative, neutral, positive)


def soften_binary(probability: float, temperature: float) -> float:
    """sigmoid(logit(probability) / temperature)."""
    if temperature == 1.0:
        return probability
    p = min(max(probability, _SMALLEST), 1.0 - _SMALLEST)
    return 1.0 / (1.0 + math.exp(-math.log(p / (1.0 - p)) / temperature))
