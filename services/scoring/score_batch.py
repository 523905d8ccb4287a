"""A batch of texts through scoring, as values: the same for the stream and for a backtest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from services.companies import CompanyLinker
from services.domain.messages import LANGUAGES, Origin, RawText, ScoredText
from services.inference.classifier import Classifier, Observer
from services.inference.documents import MOST_SENTENCES, read_documents
from services.scoring.highlights import add_highlights
from services.scoring.score_text import companies_of, named, score_text
from services.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class Effort:
    """What is spent on a text: of more than `most_sentences` some are not read; `explain` says what made followed texts
    negative."""

    most_sentences: int = MOST_SENTENCES
    explain: bool = False


DEFAULT_EFFORT = Effort()


def effort_of(settings: ModelSettings) -> Effort:
    """The effort that the settings ask for."""
    return Effort(settings.most_sentences, settings.explain)


def score_batch(
    raws: Sequence[RawText],
    origins: Sequence[Origin | None],
    classifier: Classifier,
    linker: CompanyLinker,
    batch_tokens: int,
    scored_at: Callable[[RawText], int],
    *,
    effort: Effort = DEFAULT_EFFORT,
    observe: Observer | None = None,
) -> list[ScoredText]:
    """The scored texts in the order of `raws`; `origins` say where each was read.

    `scored_at` gives the moment of scoring (ms) of a text, asked once it is scored. `observe` is told the texts and
    sentences, padded tokens and seconds of each inference batch.
    """
    rules = {lang: classifier.decision_rules(lang) for lang in LANGUAGES}
    companies = [companies_of(raw, linker) for raw in raws]
    score = partial(classifier.score, batch_tokens=batch_tokens, observe=observe)
    readings = read_documents(
        [raw.text for raw in raws],
        score,
        entities=[named(found) for found in companies],
        langs=[raw.lang for raw in raws],
        most_sentences=effort.most_sentences,
    )
    scored = [
        score_text(raw, found, linked, rules=rules[raw.lang], scored_at=scored_at(raw), origin=origin)
        for raw, found, linked, origin in zip(raws, readings, companies, origins, strict=True)
    ]
    if not effort.explain:
        return scored
    return add_highlights(raws, scored, score)
