"""The scoring core over a list of texts, as the stream would have scored them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from services.companies import CompanyLinker
from services.domain.messages import LANGUAGES, RawText, ScoredText
from services.inference.bundle import Rules
from services.inference.classifier import Classifier
from services.inference.scores import Scores
from services.scoring.explanations import with_explanations
from services.scoring.score_text import companies_of, named, score_text

CHUNK_TEXTS = 512
GIVEN = "given"
"""`model_version` of a text whose sentiment the file brought, where no model was needed."""


def score_texts(
    texts: Sequence[RawText],
    classifier: Classifier | None,
    linker: CompanyLinker,
    batch_tokens: int,
    advance: Callable[[int], None],
    *,
    explain: bool = False,
) -> Iterator[ScoredText]:
    """Score `texts` in order; `classifier` may be None when each brings its sentiment (it then has no topics).

    `advance` is told how many texts are done. `explain`: say what made followed texts negative, as the stream does.
    """
    rules = {lang: classifier.rules_in(lang) if classifier else Rules(GIVEN, {}, 0.0) for lang in LANGUAGES}
    for start in range(0, len(texts), CHUNK_TEXTS):
        chunk = texts[start : start + CHUNK_TEXTS]
        companies = [companies_of(raw, linker) for raw in chunk]
        if classifier is None:
            scores = [Scores(raw.sentiment or (0.0, 1.0, 0.0), {}) for raw in chunk]
        else:
            scores = classifier.score(
                [raw.text for raw in chunk],
                batch_tokens,
                entities=[named(one) for one in companies],
                langs=[raw.lang for raw in chunk],
            )
        scored = [
            score_text(raw, found, linked, rules=rules[raw.lang], scored_at=raw.first_seen_at, origin=None)
            for raw, found, linked in zip(chunk, scores, companies, strict=True)
        ]
        if explain and classifier is not None:
            scored = with_explanations(chunk, scored, partial(classifier.score, batch_tokens=batch_tokens))
        yield from scored
        advance(len(chunk))
