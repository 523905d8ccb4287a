"""The day in a written date: with its year or without, by name, or counted back from the day of reading."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.ingest.dates.zones import month_first

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*([-/.年])\s*(\d{1,2})\s*(?:\2|月)\s*(\d{1,2})(?!\d)\s*[日号號]?")
_ZH_SHORT_YEAR = re.compile(r"(民[国國]\s*)?(?<!\d)(\d{2,3})年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_ZH_LOCALE = re.compile(r"(?<!\d)(\d{1,2})\s+(\d{1,2})月\s+(\d{4})(?!\d)")
"""Mails and feeds of programs that have a Chinese locale: 30 十一月 2026."""
_ZH_NO_YEAR = re.compile(r"(?<!\d)(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_NO_YEAR = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s-]*(?:of\s+)?{_MONTH}(?:[\s,-]+(\d{{4}}|\d{{2}})(?![\d:]))?", re.IGNORECASE
)
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s*(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:[\s,]+(\d{{4}})(?![\d:]))?", re.IGNORECASE)
_DAYS_BACK = {
    "今天": 0, "今日": 0, "今早": 0, "今晚": 0, "today": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "yesterday": 1,
    "前天": 2, "前日": 2, "大前天": 3,
}  # fmt: skip
_DAY_WORD = re.compile("|".join(sorted(_DAYS_BACK, key=len, reverse=True)), re.IGNORECASE)
_ZH_WEEKDAYS = "一二三四五六日"
_EN_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(
    r"(?:星期|礼拜|禮拜|周|週)([一二三四五六日天])|"
    r"\b(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|rs|rsday|urday)?\b\.?",
    re.IGNORECASE,
)
_PIVOT_YEAR = 69
"""Two digits from here on are of the last century, as POSIX has it."""
_MOST_FUTURE = timedelta(days=1)
"""A date without a year is the latest that is no further ahead: a source's clock or zone may be wrong by so much."""
_MOST_AHEAD = timedelta(hours=14)
"""A clock time without a day that is further ahead is yesterday's; zones do not differ by more."""


def take_day(rest: str, zone: ZoneInfo, today: date, *, timed: bool) -> tuple[str, date | None]:
    """(the rest, the day): the first form that is found; None for 3/4/2026 when the zone does not tell the order.

    `today` is the day of reading. `timed`: a time stands beside it, so 3-12 is a day too.

    :raises ValueError: when the calendar has no such day.
    """
    if found := _YEAR_FIRST.search(rest):
        day: date | None = date(int(found[1]), int(found[3]), int(found[4]))
    elif found := _ZH_SHORT_YEAR.search(rest):
        if not found[1] and len(found[2]) != 2:
            return rest, None
        day = date(int(found[2]) + (1911 if found[1] else 2000), int(found[3]), int(found[4]))
    elif found := _ZH_LOCALE.search(rest):
        day = date(int(found[3]), int(found[2]), int(found[1]))
    elif found := _ZH_NO_YEAR.search(rest):
        day = _without_year(int(found[1]), int(found[2]), today)
    elif found := _YEAR_LAST.search(rest):
        day = _ordered(int(found[1]), int(found[3]), int(found[4]), zone, today)
    elif found := _DAY_MONTH.search(rest):
        day = _named(found[2], int(found[1]), found[3], today)
    elif found := _MONTH_DAY.search(rest):
        day = _named(found[1], int(found[2]), found[3], today)
    elif found := _DAY_WORD.search(rest):
        day = today - timedelta(days=_DAYS_BACK[found[0].lower()])
    elif found := _COMPACT.search(rest):
        day = date(int(found[1]), int(found[2]), int(found[3]))
    elif timed and (found := _NO_YEAR.search(rest)):
        day = _ordered(int(found[1]), int(found[2]), None, zone, today)
    if found is None or day is None:
        return rest, None
    return rest[: found.start()] + " " + rest[found.end() :], day


def is_counted_back(text: str) -> bool:
    """Whether the day is told from that of reading: 昨天."""
    return _DAY_WORD.search(text) is not None


def take_weekday(text: str) -> tuple[str, int | None]:
    """(the rest, the day of the week from 0 for Monday)."""
    found = _WEEKDAY.search(text)
    if found is None:
        return text, None
    number = _ZH_WEEKDAYS.index(found[1].replace("天", "日")) if found[1] else _EN_WEEKDAYS.index(found[2].lower())
    return _WEEKDAY.sub(" ", text), number


def day_of_clock(weekday: int | None, clock: timedelta, now: datetime) -> date:
    """The day of a clock time without a date: the last such weekday, or else today or yesterday."""
    today = datetime.combine(now.date(), time())
    if weekday is not None:
        return (today - timedelta(days=(today.weekday() - weekday) % 7)).date()
    return (today if today + clock - now <= _MOST_AHEAD else today - timedelta(days=1)).date()


def _named(month: str, day: int, year: str | None, today: date) -> date:
    number = _MONTHS.index(month[:3].lower()) + 1
    if year is None:
        return _without_year(number, day, today)
    century = 0 if len(year) == 4 else 2000 if int(year) < _PIVOT_YEAR else 1900
    return date(century + int(year), number, day)


def _ordered(first: int, second: int, year: int | None, zone: ZoneInfo, today: date) -> date | None:
    """The day of two numbers in the order that they allow, or else in that of the zone."""
    if first > 12 or second > 12 or first == second:
        month, day = (second, first) if first > 12 else (first, second)
    elif (order := month_first(zone)) is not None:
        month, day = (first, second) if order else (second, first)
    else:
        return None
    return _without_year(month, day, today) if year is None else date(year, month, day)


def _without_year(month: int, day: int, today: date) -> date:
    """The latest such day; 29 February is looked for in the last leap year."""
    for year in range(today.year + 1, today.year - 8, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today + _MOST_FUTURE:
            return found
    raise ValueError(f"no day of the calendar: {month}-{day}")
