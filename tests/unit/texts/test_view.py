"""Texts as a terminal shows them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.domain.local_time import LocalTime
from services.texts.view import tail_line, text_json
from tests.factories import TIME, scored
from tests.harness.terminal import lines_of

BEIJING = LocalTime(ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, None),
        ({"precision": "day"}, "dated to the day 仅有日期"),
        (
            {"precision": "seen", "in_detection": False},
            "no date, as of when it was seen 无发布时间, not in detection 不计入检测",
        ),
    ],
)
def test_how_well_a_time_is_known_is_said(changes: dict[str, Any], note: str | None) -> None:
    line = lines_of(tail_line(scored(1, TIME, **changes)), 300)[0]
    assert line.startswith("2014-09-03 15:41:00  neutral")
    assert line.split("  ")[4:5] == ([note] if note else ["ACME"])


def test_times_are_those_of_the_reader() -> None:
    text = scored(1, TIME, precision="seen")
    assert lines_of(tail_line(text, BEIJING), 300)[0].startswith("2014-09-03 23:41:00  ")
    found = text_json(text, BEIJING)
    assert (found["published_at"], found["precision"]) == ("2014-09-03T23:41:00+08:00", "seen")
