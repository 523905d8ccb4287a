"""What a text, a ticker and a date may be at most, the same at every border."""

from __future__ import annotations

from services.domain.event_time import DAY_MS

MAX_TEXT_CHARS = 8_000
MAX_TICKER_CHARS = 20
EARLIEST_MS = 631_152_000_000
"""1990-01-01: anything older is a parsing accident."""
FUTURE_SLACK_MS = DAY_MS
