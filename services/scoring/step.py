"""One text through scoring, as values: raw text and scores in, scored text out."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.classifier import Scores
from services.common.messages import Company, Heartbeat, Origin, Progress, RawText, ScoredText
from services.common.near_repeats import fingerprint
from services.scoring.entities import CompanyLinker

NEVER = 2.0
"""Above any probability: the threshold of a topic that does not count."""


def score_text(
    raw: RawText,
    scores: Scores,
    linker: CompanyLinker,
    *,
    thresholds: Mapping[str, float],
    model_version: str,
    scored_at: int,
    origin: Origin | None,
) -> ScoredText:
    """The scored text: topics at or above their threshold, companies, fingerprint.

    `thresholds` are those of the topics that count in the text's language. A sentiment or tickers that the source
    brought win over the model's and the linker's. `scored_at` is in milliseconds; `origin` is None where no topic
    is involved.
    """
    return ScoredText(
        event_id=raw.event_id,
        kind=raw.kind,
        source=raw.source,
        text=raw.text,
        lang=raw.lang,
        published_at=raw.published_at,
        first_seen_at=raw.first_seen_at,
        scored_at=scored_at,
        author=raw.author,
        title=raw.title,
        url=raw.url,
        sentiment=scores.sentiment if raw.sentiment is None else raw.sentiment,
        topics={topic: p for topic, p in scores.topics.items() if p >= thresholds.get(topic, NEVER)},
        companies=_companies(raw, linker),
        fingerprint=fingerprint(raw.text),
        model_version=model_version,
        origin=origin,
    )


def pass_on(heartbeat: Heartbeat, origin: Origin) -> Progress:
    """A source's heartbeat as the watermark of the raw partition it came on."""
    return Progress(origin=origin, time=heartbeat.time)


def _companies(raw: RawText, linker: CompanyLinker) -> tuple[Company, ...]:
    return linker.link(raw.text) if raw.tickers is None else linker.by_tickers(raw.tickers)
