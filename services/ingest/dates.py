"""When a text was published: from what a source says, checked against the moment it was seen."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime

from services.domain.errors import InvalidMessage
from services.domain.event_time import parse_iso_ms
from services.domain.limits import EARLIEST_MS, FUTURE_SLACK_MS

CLOCK_SKEW_MS = 5 * 60_000
"""A source's clock may be this much ahead; more is taken for a mistake."""
_SECONDS_BELOW = 100_000_000_000
"""Numbers below this are seconds since 1970 (until the year 5138), others milliseconds (since 1973)."""

MISSING = "date_missing"
CLAMPED = "date_clamped"


def published_ms(value: object, seen: int) -> tuple[int, str | None]:
    """(ms, what was normalised) from ISO 8601, RFC 2822, or a number of seconds or ms since 1970.

    A missing date becomes `seen`, one more than 5 minutes but at most a day ahead of `seen` too.

    :raises InvalidMessage: `bad_date` for what is no date, NaN, before 1990 or more than a day ahead.
    """
    if value is None or value == "":
        return seen, MISSING
    moment = _parse(value)
    if moment < EARLIEST_MS or moment > seen + FUTURE_SLACK_MS:
        raise InvalidMessage("bad_date", f"expected a date between 1990 and tomorrow, got {_shown(value)}")
    if moment > seen + CLOCK_SKEW_MS:
        return seen, CLAMPED
    return moment, None


def _parse(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InvalidMessage("bad_date", f"expected a date as ISO 8601 or a number, got {_shown(value)}")
    if isinstance(value, str):
        return _parse_string(value.strip())
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidMessage("bad_date", f"expected a date, got {value}")
    return round(value * 1000 if abs(value) < _SECONDS_BELOW else value)


def _parse_string(value: str) -> int:
    try:
        return parse_iso_ms(value)
    except (ValueError, OverflowError):
        pass  # perhaps the form of mails and feeds
    try:
        moment = parsedate_to_datetime(value)
        return parse_iso_ms(moment.isoformat())
    except (ValueError, OverflowError, TypeError, IndexError) as error:
        raise InvalidMessage(
            "bad_date", f"expected a date such as 2014-09-03T14:30:00Z, got {_shown(value)}"
        ) from error


def _shown(value: object) -> str:
    return repr(value)[:80]
