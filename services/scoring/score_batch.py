"""A batch of texts through scoring, as values: the same for the stream and for a backtest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from services.companies import CompanyLinker
from services.domain.messages import LANGUAGES, Origin, RawText, ScoredText
from services.inference.classifier import Classifier, Observer
from services.scoring.highlights import add_highlights
from services.scoring.score_text import companies_of, named, score_text


def score_batch(
    raws: Sequence[RawText],
    origins: Sequence[Origin | None],
    classifier: Classifier,
    linker: CompanyLinker,
    batch_tokens: int,
    scored_at: Callable[[RawText], int],
    *,
    explain: bool = False,
    observe: Observer | None = None,
) -> list[ScoredText]:
    """The scored texts in the order of `raws`; `origins` say where each was read.

    `scored_at` gives the moment of scoring (ms) of a text, asked once it is scored. `explain`: say what made followed
    texts negative. `observe` is told the texts, padded tokens and seconds of each inference batch.
    """
    rules = {lang: classifier.decision_rules(lang) for lang in LANGUAGES}
    companies = [companies_of(raw, linker) for raw in raws]
    scores = classifier.score(
        [raw.text for raw in raws],
        batch_tokens,
        observe,
        entities=[named(found) for found in companies],
        langs=[raw.lang for raw in raws],
    )
    scored = [
        score_text(raw, found, linked, rules=rules[raw.lang], scored_at=scored_at(raw), origin=origin)
        for raw, found, linked, origin in zip(raws, scores, companies, origins, strict=True)
    ]
    if not explain:
        return scored
    return add_highlights(raws, scored, partial(classifier.score, batch_tokens=batch_tokens, observe=observe))
