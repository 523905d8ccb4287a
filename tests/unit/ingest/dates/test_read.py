"""read_date: which forms are read, in which zone, how precisely, and what becomes of what cannot be true."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.event_time import DAY_MS, MINUTE_MS, format_iso, parse_iso_ms
from services.domain.time_zone import UTC_ZONE
from services.ingest.dates.read import CHANGES, CLAMPED, IMPLAUSIBLE, MISSING, UNREADABLE, read_date

BEIJING = ZoneInfo("Asia/Shanghai")
SEEN = parse_iso_ms("2025-03-12T21:40:30+08:00")
"""A Wednesday."""


def _read(value: object, zone: ZoneInfo = BEIJING, seen: int = SEEN) -> tuple[str, str]:
    """(clock time in the zone, precision) of a date that can be read."""
    found = read_date(value, zone, seen)
    assert found.change is None, found
    return f"{datetime.fromtimestamp(found.at / 1000, zone):%Y-%m-%d %H:%M:%S}", found.precision


@pytest.mark.parametrize(
    ("value", "clock"),
    [
        ("2025-03-12T12:05:06Z", "2025-03-12 20:05:06"),
        ("2025-03-12T14:05:06+02:00", "2025-03-12 20:05:06"),
        ("2025-03-12 20:05:06", "2025-03-12 20:05:06"),
        ("20250312T200506", "2025-03-12 20:05:06"),
        ("Wed, 12 Mar 2025 12:05:06 GMT", "2025-03-12 20:05:06"),
        ("Wed, 12 Mar 2025 07:05:06 -0500", "2025-03-12 20:05:06"),
        ("Wednesday, 12-Mar-25 12:05:06 GMT", "2025-03-12 20:05:06"),
        ("Wed Mar 12 12:05:06 UTC 2025", "2025-03-12 20:05:06"),
        ("March 12, 2025 8:05 PM", "2025-03-12 20:05:00"),
        ("12th March 2025 at 20:05", "2025-03-12 20:05:00"),
        ("Mar. 12, 2025, 8:05 a.m. ET", "2025-03-12 20:05:00"),
        ("2025/03/12 20:05", "2025-03-12 20:05:00"),
        ("2025.3.12 20:05:06", "2025-03-12 20:05:06"),
        ("2025/03/12T20:05 GMT+8", "2025-03-12 20:05:00"),
        ("UTC+09:00 2025-03-12 21:05", "2025-03-12 20:05:00"),
        ("2025年3月12日 20:05", "2025-03-12 20:05:00"),
        ("2025年03月12日20时05分06秒", "2025-03-12 20:05:06"),
        ("2025年3月12日 星期三 晚上8点半", "2025-03-12 20:30:00"),
        ("2025年3月12日 上午8:05", "2025-03-12 08:05:00"),
        ("2025年3月11日 晚上12点", "2025-03-12 00:00:00"),
        ("2025/3/12 上午 12:05:06", "2025-03-12 00:05:06"),
        ("2025/3/12 下午 12:05:06", "2025-03-12 12:05:06"),
        ("星期三, 12 三月 2025 20:05:06 +0800", "2025-03-12 20:05:06"),
        ("20250312 20:05", "2025-03-12 20:05:00"),
        ("二〇二五年三月十二日二十时五分", "2025-03-12 20:05:00"),
        ("民國114年3月12日 下午8時05分", "2025-03-12 20:05:00"),
        ("2025-03-12(三) 下午01:05", None),
        ("３月１２日　２０：０５", "2025-03-12 20:05:00"),
        ("3月12日 20:05", "2025-03-12 20:05:00"),
        ("11月5日 20:05", "2024-11-05 20:05:00"),
        ("2月29日 20:05", "2024-02-29 20:05:00"),
        ("03-12 20:05", "2025-03-12 20:05:00"),
        ("发布时间：2025-03-12 20:05", "2025-03-12 20:05:00"),
        ("Published: Mar 12, 2025 20:05", "2025-03-12 20:05:00"),
        ("今天 20:05", "2025-03-12 20:05:00"),
        ("昨天15:30", "2025-03-11 15:30:00"),
        ("昨晚11点", "2025-03-11 23:00:00"),
        ("前天 下午3点", "2025-03-10 15:00:00"),
        ("yesterday at 3:30 PM", "2025-03-11 15:30:00"),
        ("周一 09:15", "2025-03-10 09:15:00"),
        ("Monday 09:15", "2025-03-10 09:15:00"),
        ("09:15", "2025-03-12 09:15:00"),
        ("刚刚", "2025-03-12 21:40:30"),
        ("just now", "2025-03-12 21:40:30"),
        ("8分钟前", "2025-03-12 21:32:30"),
        ("十五分鐘前", "2025-03-12 21:25:30"),
        ("半小时前", "2025-03-12 21:10:30"),
        ("一个半小时前", "2025-03-12 20:10:30"),
        ("2 小时 10 分钟前", "2025-03-12 19:30:30"),
        ("an hour ago", "2025-03-12 20:40:30"),
        ("about 3 hours ago", "2025-03-12 18:40:30"),
        ("7 mins", "2025-03-12 21:33:30"),
        (1_741_781_106, "2025-03-12 20:05:06"),
        (1_741_781_106_000, "2025-03-12 20:05:06"),
        (1_741_781_106_000_000, "2025-03-12 20:05:06"),
        (1_741_781_106_000_000_000, "2025-03-12 20:05:06"),
        ("1741781106", "2025-03-12 20:05:06"),
        ("1741781106.25", "2025-03-12 20:05:06"),
        (20_250_312_200_506, "2025-03-12 20:05:06"),
    ],
)
def test_forms_with_a_time(value: object, clock: str | None) -> None:
    if clock is None:
        assert read_date(value, BEIJING, SEEN).change == UNREADABLE
    else:
        assert _read(value) == (clock, "exact")


@pytest.mark.parametrize(
    "value",
    ["2025-03-12", "2025/3/12", "20250312", 20_250_312, "2025年3月12日", "3月12日", "12 Mar 2025", "March 12th, 2025",
     "今天", "Wed, 12 Mar 2025"],
)  # fmt: skip
def test_a_day_counts_as_of_when_it_was_seen_within_it(value: object) -> None:
    assert _read(value) == ("2025-03-12 21:40:30", "day")


@pytest.mark.parametrize(
    ("value", "day"),
    [("2025-03-11", "03-11"), ("昨天", "03-11"), ("3 days ago", "03-09"), ("两天前", "03-10"), ("2周前", "02-26")],
)
def test_a_day_that_is_over_counts_as_of_its_end(value: str, day: str) -> None:
    assert _read(value) == (f"2025-{day} 23:59:59", "day")


def test_a_day_that_has_begun_elsewhere_is_today() -> None:
    seen = parse_iso_ms("2025-03-12T20:00:00Z")
    found = read_date("2025-03-13", UTC_ZONE, seen)
    assert (found.at, found.precision, found.change) == (seen, "day", None)
    assert read_date("2025-03-14", UTC_ZONE, seen).change == IMPLAUSIBLE


@pytest.mark.parametrize(
    ("zone", "value", "utc"),
    [
        ("Asia/Shanghai", "2025-01-10 10:00 CST", "2025-01-10T02:00:00Z"),
        ("Asia/Hong_Kong", "2025-01-10 10:00 CST", "2025-01-10T02:00:00Z"),
        ("America/Chicago", "2025-01-10 10:00 CST", "2025-01-10T16:00:00Z"),
        ("UTC", "Fri, 10 Jan 2025 10:00:00 CST", "2025-01-10T16:00:00Z"),
        ("Asia/Kolkata", "2025-01-10 10:00 IST", "2025-01-10T04:30:00Z"),
        ("Asia/Jerusalem", "2025-01-10 10:00 IST", "2025-01-10T08:00:00Z"),
        ("Europe/Dublin", "2024-07-10 10:00 IST", "2024-07-10T09:00:00Z"),
        ("Europe/London", "2024-07-10 10:00 BST", "2024-07-10T09:00:00Z"),
        ("Asia/Dhaka", "2024-07-10 10:00 BST", "2024-07-10T04:00:00Z"),
        ("Asia/Shanghai", "2025-01-10 10:00 JST", "2025-01-10T01:00:00Z"),
        ("Asia/Shanghai", "北京时间2025年1月10日10时", "2025-01-10T02:00:00Z"),
        ("America/New_York", "2024-07-10 10:00", "2024-07-10T14:00:00Z"),
    ],
)
def test_the_source_s_zone_decides(zone: str, value: str, utc: str) -> None:
    assert read_date(value, ZoneInfo(zone), SEEN).at == parse_iso_ms(utc)


def test_without_a_zone_a_date_in_chinese_is_of_beijing_and_any_other_of_utc() -> None:
    def read(value: str, zone: ZoneInfo | None) -> str:
        return format_iso(read_date(value, zone, SEEN).at)

    assert read("昨天 15:30", None) == "2025-03-11T07:30:00Z"
    assert read("2025年3月11日 15:30", None) == "2025-03-11T07:30:00Z"
    assert read("2025年3月11日 15:30", UTC_ZONE) == "2025-03-11T15:30:00Z"
    assert read("2025/03/11 15:30", None) == read("2025-03-11 15:30", None) == "2025-03-11T15:30:00Z"


@pytest.mark.parametrize(
    ("zone", "clock"),
    [("America/New_York", "2025-02-03"), ("Asia/Shanghai", "2025-02-03"), ("Europe/Paris", "2025-03-02")],
)
def test_the_order_of_day_and_month_is_that_of_the_zone(zone: str, clock: str) -> None:
    assert _read("02/03/2025 08:00", ZoneInfo(zone)) == (f"{clock} 08:00:00", "exact")
    assert _read("25/02/2025 08:00", ZoneInfo(zone)) == ("2025-02-25 08:00:00", "exact")
    assert _read("02/25/2025 08:00", ZoneInfo(zone)) == ("2025-02-25 08:00:00", "exact")


def test_an_ambiguous_date_without_a_zone_is_none() -> None:
    assert read_date("02/03/2025 08:00", UTC_ZONE, SEEN).change == UNREADABLE
    assert read_date("02-03 08:00", UTC_ZONE, SEEN).change == UNREADABLE


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, MISSING), ("", MISSING), ("N/A", MISSING), ("null", MISSING), (0, MISSING), ("0", MISSING),
        ("1970-01-01T00:00:00Z", MISSING), ("Thu, 01 Jan 1970 08:00:00 +0800", MISSING),
        ("0000-00-00 00:00:00", MISSING), ("0001-01-01T00:00:00Z", MISSING),
        ("soon", UNREADABLE), ("May", UNREADABLE), ("Q1 2025", UNREADABLE), ("2025-03", UNREADABLE),
        ("2025/02/30", UNREADABLE), ("12 Mar 2025 25:00", UNREADABLE), ("明天 10:00", UNREADABLE),
        ("in 2 hours", UNREADABLE), ("3 shares", UNREADABLE), ("几天前", UNREADABLE), ("上周一 10:00", UNREADABLE),
        (True, UNREADABLE), ([2025], UNREADABLE), ({"year": 2025}, UNREADABLE), (math.nan, UNREADABLE),
        (math.inf, UNREADABLE), ("x" * 10_000, UNREADABLE), (10**4000, UNREADABLE), (1e300, UNREADABLE),
        ("1989-12-31", IMPLAUSIBLE), ("2099-01-01", IMPLAUSIBLE), ("9999-12-31T23:59:59-14:00", IMPLAUSIBLE),
    ],
)  # fmt: skip
def test_what_is_no_date_counts_as_of_when_it_was_seen(value: object, why: str) -> None:
    found = read_date(value, BEIJING, SEEN)
    assert (found.at, found.precision, found.change) == (SEEN, "seen", why)


def test_a_clock_that_is_ahead() -> None:
    ahead = SEEN + 5 * MINUTE_MS
    assert read_date(ahead, BEIJING, SEEN).at == ahead
    for value in (ahead + 1, SEEN + DAY_MS):
        found = read_date(value, BEIJING, SEEN)
        assert (found.at, found.precision, found.change) == (SEEN, "seen", CLAMPED)
    assert read_date(SEEN + DAY_MS + 1, BEIJING, SEEN).change == IMPLAUSIBLE


def test_what_is_told_from_the_moment_of_reading() -> None:
    assert [read_date(value, BEIJING, SEEN).relative for value in ("8分钟前", "昨天 15:30", "周一 09:15", "09:15")] == [
        True
    ] * 4
    assert [read_date(value, BEIJING, SEEN).relative for value in ("3月12日 20:05", "2025-03-12")] == [False] * 2


@pytest.mark.parametrize(
    "value",
    ["1d" * 50, "1d and " * 14, "1 个 " * 25, "1 半 小时 " * 14 + "x 前", "1m1m1m" * 15 + " ago ago", "十" * 100],
)
def test_a_hostile_date_is_looked_at_once(value: str) -> None:
    """One expression for all parts of `1d 2h ago` took exponential time."""
    assert read_date(value, BEIJING, SEEN).change == UNREADABLE


_PIECES = st.sampled_from(
    ["2025", "年", "月", "日", "12", "3", "/", "-", ":", " ", "点", "半", "前", "小时", "分钟", "ago", "hour", "Mar",
     "PM", "+", "CST", "GMT", "昨天", "周", "一", "十", "廿", "○", "T", ".", "31", "99", "Mon,", "晚上", "民國"],
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=12).map("".join), st.floats(), st.integers()))
def test_nothing_ever_raises(value: object) -> None:
    found = read_date(value, BEIJING, SEEN)
    assert found.at <= SEEN + 5 * MINUTE_MS
    assert (found.precision == "seen") == (found.change in CHANGES)
