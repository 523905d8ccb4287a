"""Which pieces of a text speak for its sentiment: each is left out once, and the difference is its effect.

Occlusion, Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901; for text, erasure, Li et al. 2016,
https://arxiv.org/abs/1612.08220. Pure but for the scoring function that it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.domain.messages import Highlight
from services.inference.scores import Scores, Triple
from services.text.mentions import Named, Span, occurrences
from services.text.segments import segments, without


class Scoring(Protocol):
    """What scores texts, such as `Classifier.score`."""

    def __call__(
        self, texts: Sequence[str], *, entities: Sequence[Sequence[Named]], langs: Sequence[str]
    ) -> Sequence[Scores]:
        """Scores of each text, and of its entities, in their order."""


@dataclass(frozen=True, slots=True)
class ExplanationRequest:
    """A text to explain, as it was scored: its language, its scores, and the entities that `scores.entities` are of."""

    text: str
    lang: str
    scores: Scores
    named: Sequence[Named] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """A piece of a text, and how much higher each probability is with it than without it."""

    start: int
    end: int
    change: Triple


@dataclass(frozen=True, slots=True)
class Explanation:
    """Effects on the sentiment of a text, in the order of the text, and on that towards each of its entities."""

    text: tuple[Effect, ...]
    entities: tuple[tuple[Effect, ...], ...]


def explain(requests: Sequence[ExplanationRequest], score: Scoring) -> list[Explanation]:
    """Leave out one segment of each text at a time; all variants of all texts are scored in one call.

    The name of an entity is left out for the text and its other entities, not for the entity itself.
    """
    spans = [segments(one.text) for one in requests]
    pairs = [(one, span) for one, found in zip(requests, spans, strict=True) for span in found]
    scored = iter(
        score(
            [without(one.text, [span]) for one, span in pairs],
            entities=[one.named for one, _ in pairs],
            langs=[one.lang for one, _ in pairs],
        )
    )
    return [
        _explanation(one, [(span, next(scored)) for span in found]) for one, found in zip(requests, spans, strict=True)
    ]


def highlights(text: str, effects: Sequence[Effect], sentiment: int, most: int = 3) -> tuple[Highlight, ...]:
    """The pieces that speak most for a sentiment (its place in the triple), strongest first; none that speaks against.

    `text` is the one that was explained.
    """
    speaking = sorted(effects, key=lambda one: (-one.change[sentiment], one.start))
    return tuple(
        Highlight(text=text[one.start : one.end], start=one.start, end=one.end, effect=one.change[sentiment])
        for one in speaking[:most]
        if one.change[sentiment] > 0
    )


def _explanation(request: ExplanationRequest, found: Sequence[tuple[Span, Scores]]) -> Explanation:
    places = [occurrences(request.text, named.name) for named in request.named]
    return Explanation(
        tuple(_effect(span, request.scores.sentiment, scores.sentiment) for span, scores in found),
        tuple(
            tuple(
                _effect(span, request.scores.entities[index], scores.entities[index])
                for span, scores in found
                if not any(span[0] < end and span[1] > start for start, end in places[index])
            )
            for index in range(len(request.named))
        ),
    )


def _effect(span: Span, whole: Triple, rest: Triple) -> Effect:
    negative, neutral, positive = (a - b for a, b in zip(whole, rest, strict=True))
    return Effect(*span, (negative, neutral, positive))
