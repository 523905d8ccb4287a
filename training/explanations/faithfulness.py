"""Do explanations name what the model really used? The pieces that they rank highest are left out, and others.

Comprehensiveness: DeYoung et al. 2020, ERASER, https://arxiv.org/abs/1911.03429.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from services.inference.explanation import ExplanationRequest, Scoring
from services.inference.scores import leading
from services.text.mentions import Span
from services.text.segments import without

MOST_LEFT_OUT = 3
RANDOM = "random"
_DRAWS = 5

Ranking = Sequence[Span]
"""Pieces of a text, the most important first."""


@dataclass(frozen=True)
class RankedText:
    """A scored text of more than `MOST_LEFT_OUT` pieces, and how each method ranks them."""

    asked: ExplanationRequest
    rankings: Mapping[str, Ranking]


@dataclass(frozen=True)
class Faithfulness:
    """Mean drop of the leading sentiment's probability after leaving out the top 1, 2, ... pieces of a method."""

    method: str
    texts: int
    drops: tuple[float, ...]

    @property
    def comprehensiveness(self) -> float:
        """The mean over the numbers of pieces."""
        return fmean(self.drops)


def faithfulness(ranked: Sequence[RankedText], score: Scoring, *, seed: int = 0) -> list[Faithfulness]:
    """Compare the methods with leaving out as many pieces at random (mean of five draws a text).

    All shortened texts are scored in one call. A faithful method drops more than `random`.

    :raises ValueError: when there is no text.
    """
    if not ranked:
        raise ValueError("expected at least one text")
    jobs = [
        (one.asked, method, count, tuple(order[:count]))
        for place, one in enumerate(ranked)
        for method, order in [*one.rankings.items(), *_at_random(one, Random(f"{seed} {place}"))]
        for count in range(1, MOST_LEFT_OUT + 1)
    ]
    scored = score(
        [without(asked.text, spans) for asked, _, _, spans in jobs],
        entities=[() for _ in jobs],
        langs=[asked.lang for asked, _, _, _ in jobs],
    )
    drops: dict[str, dict[int, list[float]]] = {}
    for (asked, method, count, _), scores in zip(jobs, scored, strict=True):
        before = leading(asked.scores.sentiment)
        drop = asked.scores.sentiment[before] - scores.sentiment[before]
        drops.setdefault(method, {}).setdefault(count, []).append(drop)
    return [
        Faithfulness(method, len(ranked), tuple(fmean(values) for values in counts.values()))
        for method, counts in drops.items()
    ]


def _at_random(one: RankedText, draws: Random) -> list[tuple[str, Ranking]]:
    pieces = list(next(iter(one.rankings.values())))
    return [(RANDOM, draws.sample(pieces, len(pieces))) for _ in range(_DRAWS)]
