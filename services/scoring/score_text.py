"""One text through scoring, as values: raw text and scores in, scored text out."""

from __future__ import annotations

from collections.abc import Sequence

from services.companies import CompanyLinker
from services.domain.limits import MAX_COMPANIES, MAX_SCORED_CHARS
from services.domain.messages import (
    Company,
    EntitySentiment,
    Heartbeat,
    Origin,
    Passage,
    RawText,
    ScoredText,
    WatermarkUpdate,
)
from services.inference.documents import Reading
from services.inference.manifest import DecisionRules
from services.text.fingerprint import fingerprint
from services.text.mentions import Named, Span, occurrences

NEVER = 2.0
"""Above any probability: the threshold of a topic that does not count."""


def score_text(
    raw: RawText,
    reading: Reading,
    companies: Sequence[Company],
    *,
    rules: DecisionRules,
    scored_at: int,
    origin: Origin | None,
) -> ScoredText:
    """The scored text: topics at or above their threshold, companies, fingerprint.

    The entities of `reading` belong to `companies`, which `companies_of` found. A sentiment that the source brought
    wins over the model's, for the companies too. `scored_at` is in milliseconds; `origin` is None where no Kafka topic
    is involved.
    """
    scores, given = reading.scores, raw.sentiment is not None
    sentiment = scores.sentiment if raw.sentiment is None else raw.sentiment
    return ScoredText(
        event_id=raw.event_id,
        kind=raw.kind,
        source=raw.source,
        text=raw.text[:MAX_SCORED_CHARS].rstrip(),
        lang=raw.lang,
        published_at=raw.published_at,
        first_seen_at=raw.first_seen_at,
        scored_at=scored_at,
        author=raw.author,
        title=raw.title,
        url=raw.url,
        sentiment=sentiment,
        topics={topic: p for topic, p in scores.topics.items() if p >= rules.thresholds.get(topic, NEVER)},
        companies=tuple(companies),
        fingerprint=fingerprint(raw.text),
        model_version=rules.model_version,
        origin=origin,
        entities=() if given else _entities(raw.text, companies, reading),
        unsure=not given and rules.is_unsure(sentiment),
        passage=None if given else _passage(raw.text, reading.passage),
        cut=raw.cut or reading.cut,
        precision=raw.precision,
        in_detection=raw.in_detection,
        publisher=raw.publisher,
        revises=raw.revises,
    )


def pass_on(heartbeat: Heartbeat, origin: Origin, now: int) -> WatermarkUpdate:
    """A source's heartbeat as the watermark of its raw partition; nobody knows what comes after `now` (ms)."""
    return WatermarkUpdate(origin=origin, time=min(heartbeat.time, now))


def companies_of(raw: RawText, linker: CompanyLinker) -> tuple[Company, ...]:
    """The companies of a text: those that its source gave, or else the first that the linker finds."""
    return linker.link(raw.text)[:MAX_COMPANIES] if raw.tickers is None else linker.by_tickers(raw.tickers)


def named(companies: Sequence[Company]) -> tuple[Named, ...]:
    """What to ask the model about: each company by the piece of text that named it."""
    return tuple(Named(company.mention) for company in companies)


def _entities(text: str, companies: Sequence[Company], reading: Reading) -> tuple[EntitySentiment, ...]:
    """Sentiment towards the companies that stand in the text."""
    return tuple(
        EntitySentiment(name=company.mention, company=company.id, sentiment=sentiment, passage=_passage(text, passage))
        for company, sentiment, passage in zip(companies, reading.scores.entities, reading.entity_passages, strict=True)
        if occurrences(text, company.mention)
    )


def _passage(text: str, span: Span | None) -> Passage | None:
    return None if span is None else Passage(text=text[span[0] : span[1]], start=span[0], end=span[1])
