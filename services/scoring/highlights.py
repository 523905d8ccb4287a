"""What made followed texts negative: the evidence of an alert then shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from services.domain.messages import Highlight, Passage, RawText, ScoredText
from services.inference.explanation import Effect, ExplanationRequest, Scoring, explain, highlights
from services.inference.scores import NEGATIVE, Scores, Triple, leading
from services.text.mentions import Named
from services.watchlists.followed_keys import followed_keys
from services.watchlists.model import Watchlists

_EVERYTHING = Watchlists()
"""Scoring explains what any watchlist could follow."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What decided a text, or some of its entities (their places): a passage, or the whole (None)."""

    text: ScoredText
    passage: Passage | None
    entities: tuple[int, ...]

    @property
    def start(self) -> int:
        return 0 if self.passage is None else self.passage.start

    @property
    def content(self) -> str:
        return self.text.text if self.passage is None else self.passage.text

    @property
    def named(self) -> list[Named]:
        return [Named(self.text.entities[place].name) for place in self.entities]


def add_highlights(raws: Sequence[RawText], scored: Sequence[ScoredText], score: Scoring) -> list[ScoredText]:
    """The scored texts in their order, with highlights of the followed ones that are negative, or so for a company.

    A text that a passage decided is explained by that passage. A sentiment that the source brought is not the model's
    to explain.
    """
    chosen = [place for place, pair in enumerate(zip(raws, scored, strict=True)) if _is_explained(*pair)]
    parts = [part for place in chosen for part in _parts(scored[place])]
    explanations = iter(explain(_requests(parts, score), score))
    found = list(scored)
    for place in chosen:
        text = scored[place]
        own: tuple[Highlight, ...] = ()
        entities = list(text.entities)
        for part in _parts(text):
            explanation = next(explanations)
            if part.passage == text.passage:
                own = _highlights(part, text.sentiment, explanation.text)
            for at, effects in zip(part.entities, explanation.entities, strict=True):
                entity = entities[at]
                entities[at] = msgspec.structs.replace(entity, highlights=_highlights(part, entity.sentiment, effects))
        found[place] = msgspec.structs.replace(text, entities=tuple(entities), highlights=own)
    return found


def _is_explained(raw: RawText, text: ScoredText) -> bool:
    sentiments = (text.sentiment, *(one.sentiment for one in text.entities))
    return raw.sentiment is None and bool(followed_keys(text, _EVERYTHING)) and any(map(_is_negative, sentiments))


def _parts(text: ScoredText) -> list[_Part]:
    """The passages that decided, that of the text first, each with the entities that it decided."""
    entities: dict[Passage | None, tuple[int, ...]] = {text.passage: ()}
    for place, one in enumerate(text.entities):
        entities[one.passage] = (*entities.get(one.passage, ()), place)
    return [_Part(text, passage, places) for passage, places in entities.items()]


def _requests(parts: Sequence[_Part], score: Scoring) -> list[ExplanationRequest]:
    """What to explain; a passage is scored by itself first."""
    alone = [part for part in parts if part.passage is not None]
    scores = iter(
        score(
            [part.content for part in alone],
            entities=[part.named for part in alone],
            langs=[part.text.lang for part in alone],
        )
    )
    return [
        ExplanationRequest(
            part.content,
            part.text.lang,
            _scores(part) if part.passage is None else next(scores),
            part.named,
        )
        for part in parts
    ]


def _scores(whole: _Part) -> Scores:
    text = whole.text
    return Scores(text.sentiment, {}, tuple(text.entities[place].sentiment for place in whole.entities))


def _highlights(part: _Part, sentiment: Triple, effects: Sequence[Effect]) -> tuple[Highlight, ...]:
    """Pieces of the part, with their places in the whole text."""
    found = highlights(part.content, effects, NEGATIVE) if _is_negative(sentiment) else ()
    return tuple(msgspec.structs.replace(one, start=one.start + part.start, end=one.end + part.start) for one in found)


def _is_negative(sentiment: Triple) -> bool:
    return leading(sentiment) == NEGATIVE
