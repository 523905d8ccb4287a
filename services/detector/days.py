"""The points of event time at which keys are aggregated, and the aggregates applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from services.detector.shared import LEARN_AFTER_MS
from services.domain.event_time import DAY_MS


class Boundary(NamedTuple):
    """At `time` (ms) the aggregates of `day` (since 1970, UTC) are made (`aggregate`) or applied (`learn`)."""

    time: int
    day: int
    does: Literal["aggregate", "learn"]


def start_of_day(time: int) -> int:
    """Midnight (UTC, ms) of the day of `time`."""
    return time // DAY_MS * DAY_MS


def boundaries(after: int, to: int) -> Iterator[Boundary]:
    """Those in (`after`, `to`], in order."""
    day = after // DAY_MS - 1
    while True:
        end = (day + 1) * DAY_MS
        for one in (Boundary(end, day, "aggregate"), Boundary(end + LEARN_AFTER_MS, day, "learn")):
            if one.time > to:
                return
            if one.time > after:
                yield one
        day += 1
