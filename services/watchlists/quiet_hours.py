"""Hours of the local clock in which an alert may wait."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """From minute `start` of a day to before minute `end` (0 to 1440); over midnight where `end` is before `start`.

    `days` are those on which a span begins, 0 for Monday.
    """

    start: int
    end: int
    timezone: str
    days: frozenset[int] = frozenset(range(7))
    unless_severity: int | None = None
    """An alert at least so severe is never quiet."""

    def hold(self, time_ms: int, severity: int) -> bool:
        """Whether an alert of `severity` raised at `time_ms` (event time) is quiet."""
        if self.unless_severity is not None and severity >= self.unless_severity:
            return False
        local = datetime.fromtimestamp(time_ms / 1000, ZoneInfo(self.timezone))
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.start < self.end:
            return self.start <= minute < self.end and day in self.days
        if minute >= self.start:
            return day in self.days
        return minute < self.end and (day - 1) % 7 in self.days
