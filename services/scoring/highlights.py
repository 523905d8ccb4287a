"""What made followed texts negative: the evidence of an alert then shows it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.domain.messages import Highlight, RawText, ScoredText
from services.inference.explanation import Effect, ExplanationRequest, Scoring, explain, highlights
from services.inference.scores import NEGATIVE, Scores, Triple, leading
from services.text.mentions import Named
from services.watchlists.followed_keys import followed_keys
from services.watchlists.model import Watchlists

_EVERYTHING = Watchlists()
"""Scoring explains what any watchlist could follow."""


def add_highlights(raws: Sequence[RawText], scored: Sequence[ScoredText], score: Scoring) -> list[ScoredText]:
    """The scored texts in their order, with highlights of the followed ones that are negative, or so for a company.

    A sentiment that the source brought is not the model's to explain.
    """
    chosen = [place for place, pair in enumerate(zip(raws, scored, strict=True)) if _is_explained(*pair)]
    explanations = explain([_request(scored[place]) for place in chosen], score)
    found = list(scored)
    for place, explanation in zip(chosen, explanations, strict=True):
        text = scored[place]
        entities = [
            msgspec.structs.replace(one, highlights=_highlights(text, one.sentiment, effects))
            for one, effects in zip(text.entities, explanation.entities, strict=True)
        ]
        own = _highlights(text, text.sentiment, explanation.text)
        found[place] = msgspec.structs.replace(text, entities=tuple(entities), highlights=own)
    return found


def _is_explained(raw: RawText, text: ScoredText) -> bool:
    sentiments = (text.sentiment, *(one.sentiment for one in text.entities))
    return raw.sentiment is None and bool(followed_keys(text, _EVERYTHING)) and any(map(_is_negative, sentiments))


def _request(text: ScoredText) -> ExplanationRequest:
    scores = Scores(text.sentiment, {}, tuple(one.sentiment for one in text.entities))
    return ExplanationRequest(text.text, text.lang, scores, [Named(one.name) for one in text.entities])


def _highlights(text: ScoredText, sentiment: Triple, effects: Sequence[Effect]) -> tuple[Highlight, ...]:
    return highlights(text.text, effects, NEGATIVE) if _is_negative(sentiment) else ()


def _is_negative(sentiment: Triple) -> bool:
    return leading(sentiment) == NEGATIVE
