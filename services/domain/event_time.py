"""Event time: milliseconds since 1970-01-01 UTC, its units, and ISO 8601 to it and back."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def parse_iso_ms(value: str) -> int:
    """ISO 8601 (a trailing `Z` or an offset; none means UTC; a date alone is its midnight) to milliseconds.

    :raises ValueError: when `value` is no such time.
    """
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def format_iso(ms: int) -> str:
    """Milliseconds to ISO 8601 in UTC with a `Z`; milliseconds are shown only when there are any."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    text = moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")
