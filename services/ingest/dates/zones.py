"""What the source's time zone decides: an abbreviation that several zones share, and the order of day and month."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_HOURS = {
    "UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "SAST": 2, "EAT": 3, "GST": 4, "PKT": 5, "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "BJT": 8,
    "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "CDT": -5, "MDT": -6,
    "PDT": -7, "ADT": -3, "AKST": -9, "HST": -10, "BRT": -3, "ART": -3,
}  # fmt: skip
"""Abbreviations that mean one thing, in hours."""
_SHARED = {"CST": (-6, 8), "IST": (5.5, 2, 1), "BST": (1, 6), "AST": (-4, 3), "MST": (-7, 8), "PST": (-8, 8)}
"""Those that mean several: the first where the source's zone has none of them."""
_PLACES = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
ABBREVIATIONS = frozenset({*_HOURS, *_SHARED, *_PLACES})

_MONTH_FIRST = frozenset({
    "America/New_York", "America/Detroit", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "America/Boise", "America/Puerto_Rico", "Pacific/Honolulu",
    "Asia/Manila", "Asia/Shanghai", "Asia/Urumqi", "Asia/Taipei", "Asia/Tokyo", "Asia/Seoul", "PRC", "ROC", "ROK",
    "Japan",
})  # fmt: skip
_NO_PLACE = ("UTC", "GMT", "Etc/", "Zulu", "Universal", "UCT")


def zone_of(abbreviation: str, local: datetime, zone: ZoneInfo) -> tzinfo:
    """What one of `ABBREVIATIONS` stands for behind the clock time `local` of a source in `zone`.

    An abbreviation of several zones is the source's own where that is called so, summer or winter, or has that offset.
    """
    if abbreviation in _PLACES:
        return ZoneInfo(_PLACES[abbreviation])
    if abbreviation in _HOURS:
        return timezone(timedelta(hours=_HOURS[abbreviation]))
    for moment in (local.replace(tzinfo=zone), (local + timedelta(days=182)).replace(tzinfo=zone)):
        offset = moment.utcoffset() or timedelta()
        if moment.tzname() == abbreviation or offset in [timedelta(hours=hours) for hours in _SHARED[abbreviation]]:
            return timezone(offset)
    return timezone(timedelta(hours=_SHARED[abbreviation][0]))


def month_first(zone: ZoneInfo) -> bool | None:
    """Whether 3/4 is the fourth of March in `zone`; None where the zone is no place.

    After the CLDR's short date patterns: month before day in the United States, the Philippines, China, Taiwan, Japan
    and Korea (the last four with the year in front), day before month elsewhere.
    """
    if zone.key.startswith(_NO_PLACE):
        return None
    return zone.key in _MONTH_FIRST or zone.key.startswith(("US/", "America/Indiana/", "America/Kentucky/"))
