"""Dates that count back from the moment of reading: 刚刚, 5分钟前, 2 hours ago."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    "s": 1, "sec": 1, "second": 1, "秒": 1, "秒钟": 1, "秒鐘": 1,
    "m": 60, "min": 60, "minute": 60, "分": 60, "分钟": 60, "分鐘": 60, "刻钟": 900, "刻鐘": 900,
    "h": 3_600, "hr": 3_600, "hour": 3_600, "小时": 3_600, "小時": 3_600, "钟头": 3_600, "鐘頭": 3_600,
    "d": 86_400, "day": 86_400, "天": 86_400, "日": 86_400,
    "w": 604_800, "wk": 604_800, "week": 604_800, "周": 604_800, "週": 604_800, "星期": 604_800, "礼拜": 604_800,
    "mo": 2_592_000, "month": 2_592_000, "月": 2_592_000, "个月": 2_592_000, "個月": 2_592_000,
    "y": 31_536_000, "yr": 31_536_000, "year": 31_536_000, "年": 31_536_000,
}  # fmt: skip
"""Seconds of a unit."""
_DAY = 86_400
_NOW = re.compile(
    r"[刚剛][刚剛才]|方才|[现現]在|[几幾]秒[钟鐘]?前|(?:(?:just|right) )?now|(?:a )?(?:moments?|few seconds) ago",
    re.IGNORECASE,
)
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_PART = re.compile(rf"(\d+(?:\.\d+)?|an?|one|半)\s*[个個]?(半)?\s*({_UNIT})(半)?s?\s*(?:,|and\b)?\s*", re.IGNORECASE)
_BEFORE = re.compile(r"(?:about|around|over|almost|大?[约約])\s*", re.IGNORECASE)
_AGO = re.compile(r"(?:ago|[之以]?前)$", re.IGNORECASE)
_SHORT = re.compile(r"\d+\s*(?:s|m|mins?|h|hrs?|d|w)", re.IGNORECASE)


def time_ago(text: str) -> tuple[timedelta, bool] | None:
    """How long ago, and whether it is said no better than to the day; None where `text` is no such form.

    Numbers are expected in digits, but for 半, `a` and `one`.
    """
    if _NOW.fullmatch(text):
        return timedelta(), False
    body = _AGO.sub("", text) if _AGO.search(text) else text if _SHORT.fullmatch(text) else ""
    parts = _parts(body)
    if not parts:
        return None
    seconds = 0.0
    for number, half, unit, half_behind in parts:
        amount = 0.5 if number == "半" else float(number) if number[0].isdigit() else 1.0
        seconds += (amount + (0.5 if half or half_behind else 0.0)) * _UNITS[unit.lower()]
    if seconds > 100 * 365 * _DAY:
        return None
    return timedelta(seconds=seconds), min(_UNITS[unit.lower()] for *_, unit, _ in parts) >= _DAY


def _parts(body: str) -> list[tuple[str, str, str, str]]:
    """(amount, 半, unit, 半) of each part; none where something else stands between them.

    They are matched one after the other: one expression for all of them takes exponential time.
    """
    start = _BEFORE.match(body)
    place = start.end() if start else 0
    found = []
    while place < len(body):
        part = _PART.match(body, place)
        if part is None:
            return []
        found.append((part[1], part[2] or "", part[3], part[4] or ""))
        place = part.end()
    return found
