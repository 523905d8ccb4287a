"""The time of the day in a written date, and the offset from UTC that stands with it."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo

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
_BEIJING = re.compile(r"北京[时時][间間]")


def take_clock(text: str) -> tuple[str, timedelta | None, tzinfo | None]:
    """(the rest, the time of the day, the offset behind it), None where there is none.

    :raises ValueError: when the day has no such time.
    """
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


def take_offset(text: str) -> tuple[str, tzinfo | None]:
    """(the rest, the offset): one from UTC by that name, or 北京时间."""
    if _BEIJING.search(text):
        return _BEIJING.sub(" ", text), timezone(timedelta(hours=8))
    if found := _NAMED_OFFSET.search(text):
        return text[: found.start()] + " " + text[found.end() :], _offset(found[1], found[2], found[3])
    return text, None


def _hours_of_day(hour: int, part: str) -> int:
    """The hour from 0 to 24 of an hour of a part of the day: 下午 3 is 15, 晚上 12 the end of the day."""
    if hour == 12:
        return 24 if part in _NIGHT else 0 if part in ("凌晨", "上午") else 12
    afternoon = part in _AFTERNOON or (part == "中午" and hour < 6)
    return hour + 12 if afternoon and 0 < hour < 12 else hour


def _offset(sign: str, hours: str, minutes: str | None) -> timezone:
    length = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-length if sign == "-" else length)
