"""The quiet hours of a watchlist as they stand in the file."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from services.domain.severity import CRITICAL, INFO
from services.domain.time_zone import WHAT, time_zone
from services.files.yaml_value import YamlValue
from services.watchlists.quiet_hours import DAY_MINUTES, DAYS, QuietHours

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00")


def read_quiet_hours(value: YamlValue) -> QuietHours:
    """`from`, `to`, `timezone`, and where given `days` and `unless_severity`."""
    fields = value.fields(("from", "to", "timezone"), ("days", "unless_severity"))
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
        unless_severity=unless.whole(INFO.level, CRITICAL.level) if unless else None,
    )


def _clock(value: YamlValue) -> int:
    """Minutes since midnight."""
    hours, minutes = value.text("a time of the day from 00:00 to 24:00", _CLOCK.fullmatch).split(":")
    return int(hours) * 60 + int(minutes)


def _day(value: YamlValue) -> int:
    return DAYS.index(value.text(f"one of {', '.join(DAYS)}", DAYS.__contains__))


def _timezone(value: YamlValue) -> str:
    name = value.text(WHAT)
    try:
        time_zone(name)
    except ValueError as error:
        raise value.wrong(WHAT, near=sorted(available_timezones())) from error
    return name
