"""Scales, ticks and axes of a plot, as coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from services.domain.event_time import DAY_MS, HOUR_MS
from services.domain.local_time import IN_UTC, LocalTime

LEFT, RIGHT = 56.0, 930.0
"""Where the plots begin and end on a picture that is 960 wide."""
_STEPS_MS = tuple(n * HOUR_MS for n in (1, 3, 6, 12)) + tuple(n * DAY_MS for n in (1, 2, 7, 14))
_EPOCH = datetime(1970, 1, 1)
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` (which differ) lie from `start` to `end` on the page."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value lies."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


class Gridline(NamedTuple):
    """A line from (`x1`, `y1`) to (`x2`, `y2`) with its label; `anchor` is `start`, `middle` or `end` of the label."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str
    label_x: float
    label_y: float
    anchor: str


def left_axis(scale: Scale) -> list[Gridline]:
    """Grid lines across the plot with their values, from 0 to the end of the scale."""
    places = [(value, scale.at(value)) for value in ticks(scale.high)]
    return [Gridline(LEFT, y, RIGHT, y, f"{value:,g}", LEFT - 6, y + 4, "end") for value, y in places]


def time_axis(scale: Scale, top: float, bottom: float, times: LocalTime) -> list[Gridline]:
    """Grid lines from `top` to `bottom` with times below."""
    places = [(scale.at(at), label) for at, label in time_ticks(round(scale.low), round(scale.high), times)]
    return [Gridline(x, top, x, bottom, label, x, bottom + 15, "middle") for x, label in places]


def ticks(high: float, most: int = 5) -> list[float]:
    """Whole values (1, 2 or 5 times a power of ten apart) from 0 to at most `high`, which is above 0."""
    least = max(high / most, 1.0)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    return [index * step for index in range(int(high / step + 1e-9) + 1)]


def time_ticks(start: int, end: int, times: LocalTime = IN_UTC, most: int = 9) -> list[tuple[int, str]]:
    """Times from `start` to `end` (ms) that are round by the clock `times`, with their labels."""
    first, last = times.at(start).replace(tzinfo=None), times.at(end).replace(tzinfo=None)
    for step_ms in _STEPS_MS:
        if (end - start) / step_ms < most:
            step, form = timedelta(milliseconds=step_ms), "%m-%d %H:%M" if step_ms < DAY_MS else "%Y-%m-%d"
            clocks = (
                _EPOCH + place * step for place in range(-((_EPOCH - first) // step), (last - _EPOCH) // step + 1)
            )
            return [(_ms(clock, times), f"{clock:{form}}") for clock in clocks]
    first_month, last_month = (day.year * 12 + day.month - 1 for day in (first, last))
    months = next(step for step in _STEPS_MONTHS if (last_month - first_month) / step < most)
    found = [
        datetime(month // 12, month % 12 + 1, 1)
        for month in range(-(-first_month // months) * months, last_month + 1, months)
    ]
    return [(at, f"{day:%Y-%m}") for day in found if (at := _ms(day, times)) >= start]


def _ms(clock: datetime, times: LocalTime) -> int:
    return round(clock.replace(tzinfo=times.zone).timestamp() * 1000)
