"""Dates as people and programs write them, English and Chinese, to a clock time; strict: no part of a text is ignored.

docs/decisions/0049-one-policy-for-time.md says why no library does it: they fill in what is not said, in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.ingest.dates.clock import take_clock, take_offset
from services.ingest.dates.day import day_of_clock, is_counted_back, take_day, take_weekday
from services.ingest.dates.zones import ABBREVIATIONS, zone_of

_ABBREVIATION = re.compile(r"(?<![A-Za-z])([A-Z]{1,4})(?![A-Za-z])")
_FILLERS = re.compile(r"\b(?:at|on|the|of)\b|[\s,;()\[\]|·T-]+|的", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A moment; `timed` is False where only its day is said, and the moment is the start of that.

    It is `relative` where the day of reading decides: 昨天 15:30.
    """

    moment: datetime
    timed: bool
    relative: bool


def read_written(text: str, zone: ZoneInfo, seen: datetime) -> Written | None:
    """What a text of `plain` figures says, in `zone` where it names none; `seen` (aware) fills in year or day.

    None where it is no date, or an ambiguous one: 3/4/2026 when the zone does not tell the order.

    :raises ValueError: when it is no day of the calendar.
    """
    rest, named = take_offset(text)
    rest, clock, offset = take_clock(rest)
    offset = named or offset
    local = seen.astimezone(offset or zone)
    rest, abbreviation = _take_abbreviation(rest)
    relative = is_counted_back(rest)
    rest, day = take_day(rest, zone, local.date(), timed=clock is not None)
    rest, weekday = take_weekday(rest)
    if day is None and clock is not None:
        relative = True
        day = day_of_clock(weekday, clock, local.replace(tzinfo=None))
    if day is None:
        return None
    moment = datetime.combine(day, time()) + (clock or timedelta())
    if _FILLERS.sub("", rest):
        return None
    if abbreviation and offset is None:
        offset = zone_of(abbreviation, moment, zone)
    return Written(moment.replace(tzinfo=offset or zone), clock is not None, relative)


def _take_abbreviation(rest: str) -> tuple[str, str | None]:
    for found in _ABBREVIATION.finditer(rest):
        if found[1] in ABBREVIATIONS:
            return rest[: found.start()] + " " + rest[found.end() :], found[1]
    return rest, None
