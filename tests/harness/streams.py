"""Streams of texts: quiet days, waves of bad opinion, and a fortnight of six companies with both."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import msgspec

from services.domain.messages import Origin, RawText, ScoredText
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, NEUTRAL, START, raw_text, scored

COMPANIES = ("ACME", *(f"OTHER{number}" for number in range(2, 7)))
"""Those of `raw_texts`."""


def quiet(days: int, per_day: int = 6, company: str = "ACME", seed: int = 1, first: int = 0) -> list[ScoredText]:
    """Days of texts at random times, one in eight negative."""
    source = random.Random(seed)
    times = sorted(START + source.randrange(days * DAY) for _ in range(days * per_day))
    return [scored(first + i, t, NEGATIVE if i % 8 == 0 else NEUTRAL, company=company) for i, t in enumerate(times)]


def wave(
    count: int, start: int, every: int = 5 * MINUTE, first: int = 100_000, company: str = "ACME"
) -> list[ScoredText]:
    """`count` negative texts by different authors, one each `every` ms."""
    return [scored(first + i, start + i * every, NEGATIVE, company=company) for i in range(count)]


def in_order(*parts: Iterable[ScoredText]) -> list[ScoredText]:
    """All texts by time, with offsets in that order."""
    ordered = sorted((t for part in parts for t in part), key=lambda t: (t.published_at, t.event_id))
    return [
        msgspec.structs.replace(t, origin=Origin(topic="comments.raw", partition=0, offset=i))
        for i, t in enumerate(ordered)
    ]


def raw_texts(hit: Sequence[str]) -> list[RawText]:
    """Two weeks of raw comments about `COMPANIES`, with a wave against those that are `hit`."""
    calm = [quiet(14, company=name, seed=n, first=50_000 + n * 5_000) for n, name in enumerate(COMPANIES, 1)]
    waves = [
        wave(24, START + 9 * DAY + 3 * HOUR, first=100_000 + n * 1_000, company=name) for n, name in enumerate(hit)
    ]
    return [as_raw(text) for text in in_order(*calm, *waves)]


def as_raw(text: ScoredText) -> RawText:
    """The raw comment of which scoring makes such a text: its source brings companies and sentiment."""
    return raw_text(
        text.text,
        event_id=text.event_id,
        kind="comment",
        source="test",
        published_at=text.published_at,
        first_seen_at=text.published_at,
        author=text.author,
        tickers=tuple(company.id for company in text.companies),
        sentiment=text.sentiment,
    )
