"""Times as people read them: the one place that turns event time (ms) into the clock of a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.domain.event_time import format_iso
from services.domain.time_zone import UTC_ZONE


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The clock of `zone`; all times are in ms since 1970."""

    zone: ZoneInfo = UTC_ZONE

    @property
    def name(self) -> str:
        """What stands above a column of times: `UTC`, `Asia/Shanghai`."""
        return self.zone.key

    def minute(self, ms: int) -> str:
        """`2014-09-03 23:41`."""
        return f"{self.at(ms):%Y-%m-%d %H:%M}"

    def second(self, ms: int) -> str:
        """`2014-09-03 23:41:05`."""
        return f"{self.at(ms):%Y-%m-%d %H:%M:%S}"

    def stamp(self, ms: int) -> str:
        """A minute that stands by itself: `2014-09-03 23:41 UTC+08:00`, or `… UTC`."""
        offset = f"{self.at(ms):%z}"
        return f"{self.minute(ms)} UTC" + ("" if self.zone is UTC_ZONE else f"{offset[:3]}:{offset[3:5]}")

    def iso(self, ms: int) -> str:
        """ISO 8601 with the offset, `Z` in UTC; milliseconds are shown only when there are any."""
        if self.zone is UTC_ZONE:
            return format_iso(ms)
        return self.at(ms).isoformat(timespec="milliseconds" if ms % 1000 else "seconds")

    def at(self, ms: int) -> datetime:
        """The moment in the zone."""
        return datetime.fromtimestamp(ms / 1000, self.zone)


IN_UTC = LocalTime()
