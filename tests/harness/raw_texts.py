"""A fortnight of raw texts about six companies, with a wave of bad opinion against some of them."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.messages import RawText
from tests.harness.streams import DAY, HOUR, START, in_order, quiet, wave

COMPANIES = ("ACME", *(f"OTHER{number}" for number in range(2, 7)))


def raw_texts(hit: Sequence[str]) -> list[RawText]:
    """Two weeks about six companies, with a wave against those that are `hit`."""
    calm = [quiet(14, company=name, seed=n, first=50_000 + n * 5_000) for n, name in enumerate(COMPANIES, 1)]
    waves = [
        wave(24, START + 9 * DAY + 3 * HOUR, first=100_000 + n * 1_000, company=name) for n, name in enumerate(hit)
    ]
    scored = in_order(*calm, *waves)
    return [
        RawText(
            event_id=t.event_id,
            kind="comment",
            source="test",
            text=t.text,
            lang="en",
            published_at=t.published_at,
            first_seen_at=t.published_at,
            author=t.author,
            tickers=tuple(c.id for c in t.companies),
            sentiment=t.sentiment,
        )
        for t in scored
    ]
