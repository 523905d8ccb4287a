"""What made followed texts negative: the evidence of an alert then shows it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.domain.messages import Highlight, RawText, ScoredText
from services.inference.explanation import Asked, Effect, Scoring, explain, highlights
from services.inference.scores import NEGATIVE, Scores, Triple, leading
from services.text.mentions import Named
from services.watchlists.followed_keys import followed_keys
from services.watchlists.model import Watchlists

_EVERYTHING = Watchlists()
"""Scoring explains what any watchlist could follow."""


def with_explanations(raws: Sequence[RawText], scored: Sequence[ScoredText], score: Scoring) -> list[ScoredText]:
    """The scored texts in their order; the followed ones that are negative, or negative for a company, say why.

    A sentiment that the source brought is not the model's to explain.
    """
    chosen = [place for place, pair in enumerate(zip(raws, scored, strict=True)) if _wants_reasons(*pair)]
    found = list(scored)
    for place, explanation in zip(chosen, explain([_asked(scored[place]) for place in chosen], score), strict=True):
        text = scored[place]
        entities = [
            msgspec.structs.replace(one, highlights=_because(text, one.sentiment, effects))
            for one, effects in zip(text.entities, explanation.entities, strict=True)
        ]
        because = _because(text, text.sentiment, explanation.text)
        found[place] = msgspec.structs.replace(text, entities=tuple(entities), highlights=because)
    return found


def _wants_reasons(raw: RawText, text: ScoredText) -> bool:
    sentiments = (text.sentiment, *(one.sentiment for one in text.entities))
    return raw.sentiment is None and bool(followed_keys(text, _EVERYTHING)) and any(map(_is_negative, sentiments))


def _asked(text: ScoredText) -> Asked:
    scores = Scores(text.sentiment, {}, tuple(one.sentiment for one in text.entities))
    return Asked(text.text, text.lang, scores, [Named(one.name) for one in text.entities])


def _because(text: ScoredText, sentiment: Triple, effects: Sequence[Effect]) -> tuple[Highlight, ...]:
    return highlights(text.text, effects, NEGATIVE) if _is_negative(sentiment) else ()


def _is_negative(sentiment: Triple) -> bool:
    return leading(sentiment) == NEGATIVE
