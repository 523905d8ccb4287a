"""The one policy for a text's date: what a source says, in which zone, how precisely, and whether it can be true."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from services.domain.event_time import DAY_MS, HOUR_MS
from services.domain.limits import EARLIEST_MS, FUTURE_SLACK_MS
from services.domain.messages import Precision
from services.domain.time_zone import UTC_ZONE
from services.ingest.dates.plain import plain
from services.ingest.dates.relative import time_ago
from services.ingest.dates.written import read_written

CLOCK_SKEW_MS = 5 * 60_000
"""A source's clock may be this much ahead; more is taken for a mistake."""
_ZONES_APART_MS = 14 * HOUR_MS
"""A day has begun somewhere so long before it begins in UTC."""

MISSING = "date_missing"
UNREADABLE = "date_unreadable"
IMPLAUSIBLE = "date_implausible"
CLAMPED = "date_clamped"
CHANGES = (MISSING, UNREADABLE, IMPLAUSIBLE, CLAMPED)
"""Why a text has no date of its own."""

LEAST_MIDNIGHTS = 2
"""One text may well come out at midnight."""
_MIDNIGHT = time()
_CHINA = ZoneInfo("Asia/Shanghai")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_NOTHING = frozenset({"", "-", "--", "n/a", "na", "null", "none", "nil", "unknown", "未知", "无", "nan"})
_ZERO = re.compile(r"(?:0000-00-00|0001-01-01|1-01-01)(?:[T ].*)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
"""20261130, 202611301946, 20261130194625: no count of seconds or milliseconds since 1970 that a source would give."""
_MAIL = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|GMT|UTC|Z)")
"""RFC 2822, where the zone is plain."""
_MOST_CHARS = 100


@dataclass(frozen=True, slots=True)
class DateRead:
    """When (ms), how precisely, and what had to be changed: one of `CHANGES`, exactly where the precision is `seen`."""

    at: int
    precision: Precision
    change: str | None = None
    relative: bool = False
    """It was told from the moment of reading: 5 minutes ago."""
    midnight: bool = False
    """An exact time that is the start of a day, where it was written."""


def read_date(value: object, zone: ZoneInfo | None, seen: int) -> DateRead:
    """A date as ISO 8601, RFC 2822, a number since 1970 in s, ms, µs or ns, or as people write it, English or Chinese.

    One that names no zone is read in `zone`; without that in UTC, and in UTC+8 when it is written in Chinese, as all
    that write so have that time. A day without a time counts as of its end, or of `seen` (ms) within it.
    One that is not there, cannot be read, is before 1990 or more than 5 minutes ahead of `seen` counts as of `seen`.
    Never raises, whatever `value` is.
    """
    if value is None:
        return DateRead(seen, "seen", MISSING)
    try:
        found = _find(value, zone, seen)
    except (ValueError, OverflowError):  # no day of the calendar
        found = None
    if found is None or isinstance(found, str):
        return DateRead(seen, "seen", found or UNREADABLE)
    if abs(found.at) <= _ZONES_APART_MS:
        return DateRead(seen, "seen", MISSING)  # a zero
    if found.precision == "day":
        start, end = found.at, found.at + DAY_MS - 1
        if start > seen + _ZONES_APART_MS or end < EARLIEST_MS:
            return DateRead(seen, "seen", IMPLAUSIBLE)
        return replace(found, at=min(seen, end))
    if not EARLIEST_MS <= found.at <= seen + FUTURE_SLACK_MS:
        return DateRead(seen, "seen", IMPLAUSIBLE)
    return found if found.at <= seen + CLOCK_SKEW_MS else DateRead(seen, "seen", CLAMPED)


def _find(value: object, zone: ZoneInfo | None, seen: int) -> DateRead | str | None:
    """What is said, unchecked (a day as its start); or the change that it needs; None when it cannot be read."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return UNREADABLE
    if isinstance(value, float):
        if not math.isfinite(value):
            return UNREADABLE
        value = int(value) if value.is_integer() else value
    text = str(value).strip() if isinstance(value, str) else repr(value)
    if text.lower() in _NOTHING or _ZERO.fullmatch(text):
        return MISSING
    if len(text) > _MOST_CHARS:
        return UNREADABLE
    if compact := _COMPACT.fullmatch(text):
        return _compact(compact, zone or UTC_ZONE)
    if _NUMBER.fullmatch(text):
        return DateRead(_epoch_ms(float(text)), "exact")
    if _MAIL.fullmatch(text):
        return _read(parsedate_to_datetime(text), timed=True)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _said(plain(text), zone or (_CHINA if _CHINESE.search(text) else UTC_ZONE), seen)
    return _read(
        moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC_ZONE), timed=len(text) > len("2026-11-30")
    )


def _said(text: str, zone: ZoneInfo, seen: int) -> DateRead | None:
    """What people write."""
    if (ago := time_ago(text)) is not None:
        length, to_the_day = ago
        at = seen - round(length.total_seconds() * 1000)
        return DateRead(_start_of_day(at, zone) if to_the_day else at, "day" if to_the_day else "exact", None, True)
    found = read_written(text, zone, datetime.fromtimestamp(seen / 1000, UTC))
    return None if found is None else replace(_read(found.moment, timed=found.timed), relative=found.relative)


def _compact(found: re.Match[str], zone: ZoneInfo) -> DateRead:
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups())
    moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    return _read(moment, timed=found[4] is not None)


def _read(moment: datetime, *, timed: bool) -> DateRead:
    midnight = timed and moment.time() == _MIDNIGHT
    return DateRead(round(moment.timestamp() * 1000), "exact" if timed else "day", midnight=midnight)


def as_days(dates: Sequence[DateRead], seen: int) -> list[DateRead]:
    """The dates of one fetch of a feed. Where each that is exact is a midnight, the feed writes days as such."""
    exact = [date for date in dates if date.precision == "exact"]
    if len(exact) < LEAST_MIDNIGHTS or not all(date.midnight for date in exact):
        return list(dates)
    days = (replace(date, at=min(seen, date.at + DAY_MS - 1), precision="day") for date in exact)
    return [next(days) if date.precision == "exact" else date for date in dates]


def _epoch_ms(number: float) -> int:
    """By its size: seconds until the year 5138, milliseconds, microseconds or nanoseconds since 1973."""
    for limit, unit_ms in ((1e11, 1e3), (1e14, 1.0), (1e17, 1e-3)):
        if abs(number) < limit:
            return round(number * unit_ms)
    return round(number * 1e-6)


def _start_of_day(at: int, zone: ZoneInfo) -> int:
    day = datetime.fromtimestamp(at / 1000, zone).date()
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)
