"""The option `--since` of commands that list or follow."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from services.domain.errors import InvalidInput
from services.domain.event_time import DAY_MS, HOUR_MS, MINUTE_MS
from services.domain.time_zone import UTC_ZONE

_UNIT_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_AGO = re.compile(r"(\d{1,6})([mhd])")


def parse_since(value: str, now: int, zone: ZoneInfo = UTC_ZONE) -> int:
    """`24h`, `30m` and `7d` before `now` (ms), or an ISO 8601 date or time (in `zone` without an offset), to ms.

    :raises InvalidInput: when it is neither.
    """
    if ago := _AGO.fullmatch(value.strip()):
        return now - int(ago[1]) * _UNIT_MS[ago[2]]
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise InvalidInput(f"--since: expected a time such as 24h, 7d or 2026-11-01T08:00, got {value!r}") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)
