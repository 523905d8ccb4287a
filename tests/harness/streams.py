"""Scored texts for tests of the detector: quiet days, waves, floods."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec

from services.domain.messages import Company, Origin, ScoredText
from services.text.fingerprint import fingerprint

START = 1_406_851_200_000
"""2014-08-01T00:00:00Z, a Friday."""
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEGATIVE = (0.9, 0.07, 0.03)
NEUTRAL = (0.05, 0.9, 0.05)
POSITIVE = (0.03, 0.07, 0.9)

_WORDS = [
    "shares",
    "market",
    "profit",
    "outlook",
    "phone",
    "cloud",
    "store",
    "report",
    "analyst",
    "bank",
    "rates",
    "oil",
    "court",
    "judge",
    "recall",
    "battery",
    "engine",
    "lawsuit",
    "merger",
    "board",
    "chief",
    "dividend",
    "forecast",
    "margin",
    "plant",
    "strike",
    "union",
    "tariff",
    "export",
    "demand",
    "supply",
    "chip",
    "loan",
]


def words(seed: int, count: int = 9) -> str:
    """A sentence of its own for each seed."""
    source = random.Random(seed)
    return " ".join(source.choice(_WORDS) + str(source.randrange(10**6)).translate(_LETTERS) for _ in range(count))


_LETTERS = str.maketrans("0123456789", "abcdefghij")


def scored(
    number: int,
    time: int,
    sentiment: tuple[float, float, float] = NEUTRAL,
    *,
    author: str | None = None,
    text: str | None = None,
    company: str = "ACME",
) -> ScoredText:
    """Text `number` (also its id and offset) about one company at `time` (ms)."""
    text = text or words(number)
    return ScoredText(
        event_id=f"t{number}",
        kind="comment",
        source="test",
        text=text,
        lang="en",
        published_at=time,
        first_seen_at=time,
        scored_at=time,
        author=author or f"author-{number}",
        title=None,
        url=None,
        sentiment=sentiment,
        topics={},
        companies=(Company(id=company, mention=company),),
        fingerprint=fingerprint(text),
        model_version="test/1",
        origin=Origin(topic="comments.raw", partition=0, offset=number),
    )


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
