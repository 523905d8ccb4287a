"""The decision curve as coordinates: what each setting sees, and how late. `decision.svg.j2` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.backtest.curve import Point
from services.backtest.report.axes import LEFT, RIGHT, Gridline, Scale, left_axis
from services.backtest.report.numbers import count, minutes, rate


class Column(NamedTuple):
    """One setting: its part of the picture, what it is called, and its alerts a day."""

    left: float
    middle: float
    width: float
    setting: str
    per_day: str
    chosen: bool


class Spot(NamedTuple):
    """A point of a line; `title` is shown on hover, `label` beside it."""

    x: float
    y: float
    title: str
    label: str


class DecisionChart(NamedTuple):
    """Seen incidents above, median delays below, by setting."""

    left: float
    wanted: int
    columns: Sequence[Column]
    gridlines: Sequence[Gridline]
    seen: Sequence[Spot]
    late: Sequence[Spot]


def decision_chart(points: Sequence[Point]) -> DecisionChart:
    """The picture of a curve of at least one point."""
    columns = Scale(-0.5, len(points) - 0.5, LEFT, RIGHT)
    wanted = points[0].seen + points[0].missed
    seen = Scale(0.0, max(wanted, 1), 220.0, 50.0)
    delays = [one.delay_minutes for one in points if one.delay_minutes is not None]
    late = Scale(0.0, max([1.0, *delays]) * 1.15, 370.0, 280.0)
    spots = [(columns.at(index), one) for index, one in enumerate(points)]
    return DecisionChart(
        left=LEFT,
        wanted=wanted,
        columns=[_column(index, one, columns) for index, one in enumerate(points)],
        gridlines=left_axis(seen) + left_axis(late),
        seen=[Spot(x, seen.at(one.seen), _says(one), count(one.seen)) for x, one in spots],
        late=[
            Spot(x, late.at(one.delay_minutes), _says(one), minutes(one.delay_minutes))
            for x, one in spots
            if one.delay_minutes is not None
        ],
    )


def _column(index: int, point: Point, columns: Scale) -> Column:
    left, right = columns.at(index - 0.5), columns.at(index + 0.5)
    return Column(
        left=left,
        middle=columns.at(index),
        width=right - left,
        setting=point.setting.label,
        per_day=rate(point.per_day),
        chosen=point.setting.is_chosen,
    )


def _says(point: Point) -> str:
    late = minutes(point.delay_minutes)
    return f"{rate(point.per_day)} alerts a day: {point.seen} seen, {point.missed} missed, median delay {late} min"
