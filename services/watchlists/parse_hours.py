"""The quiet hours of a watchlist as they stand in the file."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, available_timezones

from services.watchlists.quiet_hours import DAY_MINUTES, DAYS, QuietHours
from services.watchlists.tree import Field, did_you_mean

MOST_SEVERITY = 4

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00")


def quiet_hours(field: Field) -> QuietHours:
    """`from`, `to`, `timezone`, and where given `days` and `unless_severity`."""
    fields = field.fields(("from", "to", "timezone"), ("days", "unless_severity"))
    start, end = _clock(fields["from"]), _clock(fields["to"])
    if start == DAY_MINUTES:
        raise fields["from"].wrong("a time of the day before 24:00")
    if start == end:
        raise fields["to"].wrong("another time than `from`")
    days, unless = fields.get("days"), fields.get("unless_severity")
    return QuietHours(
        start=start,
        end=end,
        timezone=_timezone(fields["timezone"]),
        days=frozenset(_day(each) for each in days.items("days")) if days else frozenset(range(7)),
        unless_severity=unless.whole(1, MOST_SEVERITY) if unless else None,
    )


def _clock(field: Field) -> int:
    """Minutes since midnight."""
    what = "a time of the day from 00:00 to 24:00"
    text = field.text(what)
    if not _CLOCK.fullmatch(text):
        raise field.wrong(what)
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _day(field: Field) -> int:
    what = f"one of {', '.join(DAYS)}"
    day = field.text(what)
    if day not in DAYS:
        raise field.wrong(what)
    return DAYS.index(day)


def _timezone(field: Field) -> str:
    what = "a time zone, such as Asia/Shanghai"
    name = field.text(what)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, no plain name, a folder of zones
        close = did_you_mean(name, sorted(available_timezones()))
        raise field.wrong(what, f"{field.shown()}{close}") from error
    return name
