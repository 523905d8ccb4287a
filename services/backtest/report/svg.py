"""Parts of a plot as SVG: scales, ticks, axes, bars, lines, points. Colours come from the classes of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from services.backtest.report.markup import element
from services.domain.event_time import DAY_MS, HOUR_MS

_STEPS_MS = tuple(n * HOUR_MS for n in (1, 3, 6, 12)) + tuple(n * DAY_MS for n in (1, 2, 7, 14))
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


def svg(width: float, height: float, label: str, *children: Element) -> Element:
    """A picture that scales with the page; `label` says what it shows to those who do not see it."""
    return element(
        "svg",
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
    )


def text(x: float, y: float, words: str, kind: str = "label", anchor: str = "start") -> Element:
    """One line of text; `anchor` is `start`, `middle` or `end`."""
    return element("text", words, x=x, y=y, class_=kind, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Element:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def rect(x: float, y: float, width: float, height: float, kind: str, title: str | None = None) -> Element:
    """A bar or a band; `title` is shown on hover."""
    return element("rect", *_hover(title), x=x, y=y, width=width, height=height, class_=kind)


def path(points: Sequence[tuple[float, float]], kind: str) -> Element:
    """A line through points."""
    return element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=kind)


def dot(x: float, y: float, kind: str, title: str, radius: float = 4.0) -> Element:
    """A point; `title` is shown on hover."""
    return element("circle", *_hover(title), cx=x, cy=y, r=radius, class_=kind)


def marker(x: float, y: float, kind: str, title: str) -> Element:
    """A triangle that points down to (`x`, `y`)."""
    points = f"{x:.1f},{y:.1f} {x - 5:.1f},{y - 9:.1f} {x + 5:.1f},{y - 9:.1f}"
    return element("polygon", *_hover(title), points=points, class_=kind)


def left_axis(scale: Scale, left: float, right: float) -> list[Element]:
    """Grid lines from `left` to `right` with their values, from 0 to the end of the scale."""
    parts = []
    for value in ticks(scale.high):
        y = scale.at(value)
        parts += [line(left, y, right, y, "grid"), text(left - 6, y + 4, f"{value:,g}", anchor="end")]
    return parts


def time_axis(scale: Scale, top: float, bottom: float) -> list[Element]:
    """Grid lines from `top` to `bottom` with times (UTC) below."""
    parts = []
    for at, label in time_ticks(round(scale.low), round(scale.high)):
        x = scale.at(at)
        parts += [line(x, top, x, bottom, "grid"), text(x, bottom + 15, label, anchor="middle")]
    return parts


def ticks(high: float, most: int = 5) -> list[float]:
    """Whole values (1, 2 or 5 times a power of ten apart) from 0 to at most `high`, which is above 0."""
    least = max(high / most, 1.0)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    return [index * step for index in range(int(high / step + 1e-9) + 1)]


def time_ticks(start: int, end: int, most: int = 9) -> list[tuple[int, str]]:
    """Round times (ms, UTC) from `start` to `end` with their labels."""
    for step in _STEPS_MS:
        if (end - start) / step < most:
            first = -(-start // step) * step
            return [(at, _label(at, step)) for at in range(first, end + 1, step)]
    first_day = datetime.fromtimestamp(start / 1000, UTC)
    last_day = datetime.fromtimestamp(end / 1000, UTC)
    first_month, last_month = (day.year * 12 + day.month - 1 for day in (first_day, last_day))
    months = next(step for step in _STEPS_MONTHS if (last_month - first_month) / step < most)
    found = [
        datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
        for month in range(-(-first_month // months) * months, last_month + 1, months)
    ]
    return [(at, f"{day:%Y-%m}") for day in found if (at := round(day.timestamp() * 1000)) >= start]


def _label(at: int, step: int) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return f"{moment:%m-%d %H:%M}" if step < DAY_MS else f"{moment:%Y-%m-%d}"


def _hover(title: str | None) -> list[Element]:
    return [] if title is None else [element("title", title)]
