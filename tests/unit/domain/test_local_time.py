"""Times on the clocks of zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from services.domain.local_time import IN_UTC, LocalTime
from services.domain.time_zone import time_zone
from tests.factories import TIME

BEIJING, NEW_YORK = (LocalTime(ZoneInfo(name)) for name in ("Asia/Shanghai", "America/New_York"))


def test_one_moment_on_three_clocks() -> None:
    clocks = (IN_UTC, BEIJING, NEW_YORK)
    assert [one.minute(TIME) for one in clocks] == ["2014-09-03 15:41", "2014-09-03 23:41", "2014-09-03 11:41"]
    assert [one.second(TIME + 5_000) for one in clocks][1] == "2014-09-03 23:41:05"
    assert [one.stamp(TIME) for one in clocks] == [
        "2014-09-03 15:41 UTC",
        "2014-09-03 23:41 UTC+08:00",
        "2014-09-03 11:41 UTC-04:00",
    ]
    assert [one.iso(TIME) for one in clocks] == [
        "2014-09-03T15:41:00Z",
        "2014-09-03T23:41:00+08:00",
        "2014-09-03T11:41:00-04:00",
    ]
    assert BEIJING.iso(TIME + 7) == "2014-09-03T23:41:00.007+08:00"
    assert [one.name for one in clocks] == ["UTC", "Asia/Shanghai", "America/New_York"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Asia/Shangai", "; did you mean Asia/Shanghai?"), ("../etc/passwd", ""), ("", ""), ("America", "")],
)
def test_no_zone_is_refused(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match="expected a time zone") as refused:
        time_zone(name)
    assert str(refused.value).startswith(f"expected a time zone, such as Asia/Shanghai, got {name!r}{meant}")
