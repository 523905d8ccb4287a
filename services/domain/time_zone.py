"""Time zones by their IANA names."""

from __future__ import annotations

from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

WHAT = "a time zone, such as Asia/Shanghai"
UTC_ZONE = ZoneInfo("UTC")


def time_zone(name: str) -> ZoneInfo:
    """The zone of that name.

    :raises ValueError: when there is none, saying what was expected and which names are like it.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no plain name, a folder of zones
        near = get_close_matches(name, sorted(available_timezones()), 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"expected {WHAT}, got {name!r}{meant}") from None
