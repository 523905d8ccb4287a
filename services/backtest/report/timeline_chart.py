"""The timeline of one key as coordinates: its texts and its incidents. `timeline.svg.j2` draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.backtest.report.axes import LEFT, RIGHT, Gridline, Scale, left_axis, time_axis
from services.backtest.report.timeline import Timeline
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import IncidentRecord

_TOP, _BOTTOM = 30.0, 150.0
_LEAST_WIDTH = 0.8
"""Of what would be too narrow to be seen."""


class Bar(NamedTuple):
    """Texts of one bin, of a class of the style sheet; `title` is shown on hover."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


class Band(NamedTuple):
    """The time while an incident is open."""

    x: float
    width: float


class Marker(NamedTuple):
    """The first raise of an incident; `title` is shown on hover."""

    x: float
    severity: int
    title: str


class TimelineChart(NamedTuple):
    """Bars from `top` to `bottom` with bands behind and markers above them."""

    top: float
    bottom: float
    gridlines: Sequence[Gridline]
    bands: Sequence[Band]
    bars: Sequence[Bar]
    markers: Sequence[Marker]


def timeline_chart(
    timeline: Timeline, incidents: Sequence[IncidentRecord], start: int, end: int, clock: LocalTime = IN_UTC
) -> TimelineChart:
    """The picture of the texts of a key from `start` to `end` (ms), negative ones below, and of its incidents."""
    bins = timeline.bins()
    first, last = start // timeline.width * timeline.width, end // timeline.width * timeline.width + timeline.width
    times = Scale(first, last, LEFT, RIGHT)
    texts = Scale(0.0, max([1, *(negative + other for _, negative, other in bins)]), _BOTTOM, _TOP)
    width = max((RIGHT - LEFT) * timeline.width / (last - first) * 0.9, _LEAST_WIDTH)
    return TimelineChart(
        top=_TOP,
        bottom=_BOTTOM,
        gridlines=left_axis(texts) + time_axis(times, _TOP, _BOTTOM, clock),
        bands=[_band(record, times) for record in incidents],
        bars=[bar for one in bins for bar in _bars(*one, times, texts, width, clock)],
        markers=[_marker(record, times, clock) for record in incidents],
    )


def _bars(
    at: int, negative: int, other: int, times: Scale, texts: Scale, width: float, clock: LocalTime
) -> Iterator[Bar]:
    x, top, middle = times.at(at), texts.at(negative + other), texts.at(negative)
    title = f"{clock.iso(at)}: {negative} negative 负面, {other} other 其他"
    if other:
        yield Bar(x, top, width, middle - top, "other", title)
    if negative:
        yield Bar(x, middle, width, texts.start - middle, "negative", title)


def _band(record: IncidentRecord, times: Scale) -> Band:
    until = times.high if record.cleared is None else min(record.cleared.time, times.high)
    left = times.at(record.first_at)
    return Band(left, max(times.at(until) - left, _LEAST_WIDTH))


def _marker(record: IncidentRecord, times: Scale, clock: LocalTime) -> Marker:
    severity = record.raised.severity
    title = f"{clock.iso(record.first_at)}: severity {severity}, p = {record.p_value:.2g}"
    return Marker(times.at(record.first_at), severity, title)
