"""Dates as people and programs write them, English and Chinese, to a clock time; strict: no part of a text is ignored.

docs/decisions/0049-one-policy-for-time.md says why no library does it: they fill in what is not said, in silence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from services.ingest.dates.zones import ABBREVIATIONS, month_first, zone_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_OFFSET = r"([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)\)?"
_AM_PM = r"([ap])\.?m\b\.?"
_CLOCK = re.compile(
    rf"(?<![\d:])(\d{{1,2}}):(\d{{2}})(?::(\d{{2}})(?:[.,]\d+)?)?(?![\d:])\s*(?:{_AM_PM})?(?:\s*{_OFFSET})?",
    re.IGNORECASE,
)
_HOUR = re.compile(rf"(?<!\d)(\d{{1,2}})\s*{_AM_PM}", re.IGNORECASE)
_ZH_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s*[点點时時]钟?(?:\s*(半)|\s*(\d{1,2})(?!\d)\s*分?(?:\s*(\d{1,2})\s*秒)?)?")
_ZH_PART = re.compile(r"凌晨|清晨|早上|早晨|早间|上午|中午|下午|午后|傍晚|晚上|晚间|晚間|夜里|夜裡|深夜|午夜")
_AFTERNOON = ("下午", "午后", "傍晚", "晚上", "晚间", "晚間", "夜里", "夜裡", "深夜")
_NIGHT = ("晚上", "晚间", "晚間", "夜里", "夜裡", "深夜", "午夜")
_NAMED_OFFSET = re.compile(rf"\(?\b(?:UTC|GMT)\s*{_OFFSET}")
_ABBREVIATION = re.compile(r"(?<![A-Za-z])([A-Z]{1,4})(?![A-Za-z])")
_BEIJING = re.compile(r"北京[时時][间間]")

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*([-/.年])\s*(\d{1,2})\s*(?:\2|月)\s*(\d{1,2})(?!\d)\s*[日号號]?")
_ZH_SHORT_YEAR = re.compile(r"(民[国國]\s*)?(?<!\d)(\d{2,3})年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
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
_WEEKDAYS = ("一二三四五六日", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
_WEEKDAY = re.compile(
    r"(?:星期|礼拜|禮拜|周|週)([一二三四五六日天])|"
    r"\b(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|rs|rsday|urday)?\b\.?",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:last\s+)?(?:posted|published|updated|date)(?:\s+(?:on|at))?|"
    r"(?:发布|發布|發佈|发表|發表|更新|刊登)?(?:时间|時間|日期|于|於|(?<=[布佈表新登])))\s*:?\s*(?=.)",
    re.IGNORECASE,
)
_FILLERS = re.compile(r"\b(?:at|on|the|of)\b|[\s,;()\[\]|·T-]+|的", re.IGNORECASE)

_NUMERAL = re.compile(r"[〇零○一二三四五六七八九十两兩廿卅]+(?=\s*[年月日号號点點时時分秒天周週小刻星礼个個])")
_DIGITS = {"○": 0, "零": 0, "两": 2, "兩": 2} | {char: value for value, char in enumerate("〇一二三四五六七八九")}
_PIVOT_YEAR = 69
"""Two digits from here on are of the last century, as POSIX has it."""
_MOST_FUTURE = timedelta(days=1)
"""A date without a year is the latest that is no further ahead: a source's clock or zone may be wrong by so much."""
_MOST_AHEAD = timedelta(hours=14)
"""A clock time without a day that is further ahead is yesterday's; zones do not differ by more."""


@dataclass(frozen=True, slots=True)
class Written:
    """A moment; `timed` is False where only its day is said, and the moment is the start of that.

    It is `relative` where the day of reading decides: 昨天 15:30.
    """

    moment: datetime
    timed: bool
    relative: bool


def plain(text: str) -> str:
    """Full-width signs and Chinese numerals as ASCII, without a label in front (`发布时间：`)."""
    folded = unicodedata.normalize("NFKC", text).strip()
    return _LABEL.sub("", _NUMERAL.sub(lambda found: str(_number(found[0])), folded), 1).strip()


def read_written(text: str, zone: ZoneInfo, seen: datetime) -> Written | None:
    """What the `plain` text says, in `zone` where it names none; `seen` (aware) fills in a missing year or day.

    None where it is no date, or an ambiguous one: 3/4/2026 when the zone does not tell the order.

    :raises ValueError: when it is no day of the calendar.
    """
    rest, named = _take_offset(text)
    rest, clock, offset = _take_clock(rest)
    offset = named or offset
    local = seen.astimezone(offset or zone)
    rest, abbreviation = _take_abbreviation(rest)
    relative = _DAY_WORD.search(rest) is not None
    rest, day = _take_day(rest, zone, local.date(), timed=clock is not None)
    weekday = _WEEKDAY.search(rest)
    rest = _WEEKDAY.sub(" ", rest)
    if day is None and clock is not None:
        relative = True
        day = _latest(weekday, clock, local.replace(tzinfo=None))
    if day is None:
        return None
    moment = datetime.combine(day, time()) + (clock or timedelta())
    if _FILLERS.sub("", rest):
        return None
    if abbreviation and offset is None:
        offset = zone_of(abbreviation, moment, zone)
    return Written(moment.replace(tzinfo=offset or zone), clock is not None, relative)


def _take_clock(text: str) -> tuple[str, timedelta | None, tzinfo | None]:
    """(the rest, the time of the day, the offset behind it)."""
    part = _ZH_PART.search(text)
    for form in (_CLOCK, _ZH_CLOCK, _HOUR):
        if found := form.search(text):
            break
    else:
        return text, None, None
    rest = text[: found.start()] + " " + text[found.end() :]
    if form is _CLOCK:
        hour, minute, second, half = found[1], found[2], found[3], found[4]
        offset = _offset(found[5], found[6], found[7]) if found[5] else None
    elif form is _ZH_CLOCK:
        hour, minute, second, half, offset = found[1], "30" if found[2] else found[3], found[4], None, None
    else:
        hour, minute, second, half, offset = found[1], None, None, found[2], None
    hours = int(hour)
    if hours > 24 or int(minute or 0) > 59 or int(second or 0) > 60 or (half and not 1 <= hours <= 12):
        raise ValueError(f"no time of the day: {text}")
    if part:
        rest = _ZH_PART.sub(" ", rest, 1)
        hours = _hours_of_day(hours, part[0])
    elif half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    elif "晚" in text:
        hours = _hours_of_day(hours, "晚上")
    return rest, timedelta(hours=hours, minutes=int(minute or 0), seconds=int(second or 0)), offset


def _hours_of_day(hour: int, part: str) -> int:
    """The hour from 0 to 24 of an hour of a part of the day: 下午 3 is 15, 晚上 12 the end of the day."""
    if hour == 12:
        return 24 if part in _NIGHT else 0 if part == "凌晨" else 12
    afternoon = part in _AFTERNOON or (part == "中午" and hour < 6)
    return hour + 12 if afternoon and 0 < hour < 12 else hour


def _take_offset(rest: str) -> tuple[str, tzinfo | None]:
    """An offset from UTC by that name, or 北京时间."""
    if _BEIJING.search(rest):
        return _BEIJING.sub(" ", rest), timezone(timedelta(hours=8))
    if found := _NAMED_OFFSET.search(rest):
        return rest[: found.start()] + " " + rest[found.end() :], _offset(found[1], found[2], found[3])
    return rest, None


def _take_abbreviation(rest: str) -> tuple[str, str | None]:
    for found in _ABBREVIATION.finditer(rest):
        if found[1] in ABBREVIATIONS:
            return rest[: found.start()] + " " + rest[found.end() :], found[1]
    return rest, None


def _offset(sign: str, hours: str, minutes: str | None) -> timezone:
    length = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-length if sign == "-" else length)


def _take_day(rest: str, zone: ZoneInfo, today: date, *, timed: bool) -> tuple[str, date | None]:
    """(the rest, the day): the first form that is found."""
    if found := _YEAR_FIRST.search(rest):
        day: date | None = date(int(found[1]), int(found[3]), int(found[4]))
    elif found := _ZH_SHORT_YEAR.search(rest):
        if not found[1] and len(found[2]) != 2:
            return rest, None
        day = date(int(found[2]) + (1911 if found[1] else 2000), int(found[3]), int(found[4]))
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
    elif timed and (found := _NO_YEAR.search(rest)):
        day = _ordered(int(found[1]), int(found[2]), None, zone, today)
    if found is None or day is None:
        return rest, None
    return rest[: found.start()] + " " + rest[found.end() :], day


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


def _latest(weekday: re.Match[str] | None, clock: timedelta, now: datetime) -> date:
    """The day of a clock time without a date: the last such weekday, or else today or yesterday."""
    today = datetime.combine(now.date(), time())
    if weekday is None:
        return (today if today + clock - now <= _MOST_AHEAD else today - timedelta(days=1)).date()
    if weekday[1]:
        number = _WEEKDAYS[0].index("日" if weekday[1] == "天" else weekday[1])
    else:
        number = _WEEKDAYS[1].index(weekday[2].lower())
    return (today - timedelta(days=(today.weekday() - number) % 7)).date()


def _number(numeral: str) -> int:
    """A Chinese numeral: 十一, 二十, 廿三, or digit by digit as in 二〇二六."""
    spelled = numeral.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = spelled.partition("十")
    if ten:
        return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
    return int("".join(str(_DIGITS[char]) for char in spelled))
