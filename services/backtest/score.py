"""The scoring core over a list of texts, as the stream would have scored them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from services.companies import CompanyLinker
from services.domain.messages import RawText, ScoredText
from services.inference.classifier import Classifier
from services.inference.documents import Reading
from services.inference.manifest import DecisionRules
from services.inference.scores import Scores
from services.scoring.score_batch import DEFAULT_EFFORT, Effort, score_batch
from services.scoring.score_text import companies_of, score_text

CHUNK_TEXTS = 512
GIVEN = "given"
"""`model_version` of a text whose sentiment the file brought, where no model was needed."""
_GIVEN_RULES = DecisionRules(GIVEN, {}, 0.0)


def score_texts(
    texts: Sequence[RawText],
    classifier: Classifier | None,
    linker: CompanyLinker,
    batch_tokens: int,
    advance: Callable[[int], None],
    *,
    effort: Effort = DEFAULT_EFFORT,
) -> Iterator[ScoredText]:
    """Score `texts` in order; `classifier` may be None when each brings its sentiment (it then has no topics).

    `advance` is told how many texts are done. `effort` is what the stream spends on a text.
    """
    for start in range(0, len(texts), CHUNK_TEXTS):
        chunk = texts[start : start + CHUNK_TEXTS]
        if classifier is None:
            yield from (_as_given(raw, linker) for raw in chunk)
        else:
            origins = [None] * len(chunk)
            yield from score_batch(chunk, origins, classifier, linker, batch_tokens, _first_seen, effort=effort)
        advance(len(chunk))


def _first_seen(raw: RawText) -> int:
    return raw.first_seen_at


def _as_given(raw: RawText, linker: CompanyLinker) -> ScoredText:
    companies = companies_of(raw, linker)
    reading = Reading(Scores(raw.sentiment or (0.0, 1.0, 0.0), {}))
    return score_text(raw, reading, companies, rules=_GIVEN_RULES, scored_at=raw.first_seen_at, origin=None)
