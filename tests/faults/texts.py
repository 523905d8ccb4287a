"""The texts of a row: weeks of six companies, and from the second on a wave against one every day and a half."""

from __future__ import annotations

from services.domain.messages import RawText
from tests.factories import DAY, HOUR, START
from tests.harness.streams import COMPANIES, as_raw, in_order, quiet, wave

FIRST_WAVE = START + 8 * DAY + 3 * HOUR
BETWEEN_WAVES = 36 * HOUR
WAVE_TEXTS = 24


def texts_of(seed: int, *, per_day: int = 18, days: int = 14) -> list[RawText]:
    """In order of time; `per_day` of each company, so many days; four waves in a fortnight."""
    calm = [
        quiet(days, per_day, company, seed=100 * seed + number, first=100_000 * number)
        for number, company in enumerate(COMPANIES, 1)
    ]
    waves = [
        wave(WAVE_TEXTS, at, first=10_000_000 + 1_000 * number, company=COMPANIES[number % len(COMPANIES)])
        for number, at in enumerate(range(FIRST_WAVE, START + (days - 1) * DAY, BETWEEN_WAVES))
    ]
    return [as_raw(text) for text in in_order(*calm, *waves)]
