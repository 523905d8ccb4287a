"""The two pictures of a report: the decision curve, and the timeline of one key."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element

from services.backtest.curve import Point
from services.backtest.report import svg
from services.backtest.report.numbers import count, minutes, rate
from services.backtest.report.svg import Scale
from services.backtest.report.timeline import Timeline
from services.domain.event_time import format_iso
from services.domain.messages import IncidentRecord

WIDTH = 960.0
_LEFT, _RIGHT = 56.0, 930.0
_LEAST_BAR = 0.8


def decision_chart(points: Sequence[Point]) -> Element:
    """Seen incidents above, how late below, by setting; under each its alerts a day. The chosen one is marked."""
    columns = Scale(-0.5, len(points) - 0.5, _LEFT, _RIGHT)
    wanted = points[0].seen + points[0].missed
    seen = Scale(0.0, max(wanted, 1), 220.0, 50.0)
    delays = [one.delay_minutes for one in points if one.delay_minutes is not None]
    late = Scale(0.0, max([1.0, *delays]) * 1.15, 370.0, 280.0)
    parts: list[Element] = []
    for index, one in enumerate(points):
        x = columns.at(index)
        if one.setting.is_chosen:
            left = columns.at(index - 0.5)
            parts.append(svg.rect(left, 26.0, columns.at(index + 0.5) - left, 394.0, "chosen"))
            parts.append(svg.text(x, 40.0, "chosen 所选", "strong", "middle"))
        parts.append(svg.text(x, 392.0, rate(one.per_day), "strong", "middle"))
        parts.append(svg.text(x, 410.0, factor(one), anchor="middle"))
    parts += svg.left_axis(seen, _LEFT, _RIGHT) + svg.left_axis(late, _LEFT, _RIGHT)
    parts.append(svg.text(_LEFT, 18.0, f"Seen 发现, of {wanted}; what is above the line is missed 漏报", "heading"))
    parts.append(svg.text(_LEFT, 266.0, "Median delay, minutes 延迟中位数（分钟）", "heading"))
    parts.append(svg.text(_LEFT, 434.0, "Alerts a day 每日警报数, and the setting 设置"))
    spots = [(columns.at(index), one) for index, one in enumerate(points)]
    parts += _curve([(x, seen.at(one.seen), _says(one), count(one.seen)) for x, one in spots], "seen")
    parts += _curve(
        [
            (x, late.at(one.delay_minutes), _says(one), minutes(one.delay_minutes))
            for x, one in spots
            if one.delay_minutes is not None
        ],
        "late",
    )
    return svg.svg(WIDTH, 440.0, "Decision curve: alerts a day against what is seen, and how late", *parts)


def timeline_chart(timeline: Timeline, incidents: Sequence[IncidentRecord], start: int, end: int) -> Element:
    """Texts of a key from `start` to `end` (ms) as bars, negative ones below; incidents as bands and markers."""
    bins = timeline.bins()
    first, last = start // timeline.width * timeline.width, end // timeline.width * timeline.width + timeline.width
    times = Scale(first, last, _LEFT, _RIGHT)
    texts = Scale(0.0, max([1, *(negative + other for _, negative, other in bins)]), 150.0, 30.0)
    wide = max((_RIGHT - _LEFT) * timeline.width / (last - first) * 0.9, _LEAST_BAR)
    parts = svg.left_axis(texts, _LEFT, _RIGHT) + svg.time_axis(times, 30.0, 150.0)
    for record in incidents:
        left = times.at(record.first_at)
        until = times.at(min(record.cleared.time, last) if record.cleared else last)
        parts.append(svg.rect(left, 30.0, max(until - left, _LEAST_BAR), 120.0, "open"))
    for at, negative, other in bins:
        x, top, middle = times.at(at), texts.at(negative + other), texts.at(negative)
        title = f"{format_iso(at)}: {negative} negative 负面, {other} other 其他"
        if other:
            parts.append(svg.rect(x, top, wide, middle - top, "other", title))
        if negative:
            parts.append(svg.rect(x, middle, wide, texts.start - middle, "negative", title))
    for record in incidents:
        title = f"{format_iso(record.first_at)}: severity {record.raised.severity}, p = {record.p_value:.2g}"
        parts.append(svg.marker(times.at(record.first_at), 28.0, f"severity{record.raised.severity}", title))
    return svg.svg(WIDTH, 170.0, "Timeline of texts and alerts", *parts)


def factor(point: Point) -> str:
    """The setting beside the chosen one, such as `budget × 1/8`."""
    if point.setting.threshold is not None:
        return f"score {point.setting.threshold:.2f}"
    return f"budget × {Fraction(point.setting.factor)}"


def _says(point: Point) -> str:
    late = minutes(point.delay_minutes)
    return f"{rate(point.per_day)} alerts a day: {point.seen} seen, {point.missed} missed, median delay {late} min"


def _curve(spots: Sequence[tuple[float, float, str, str]], kind: str) -> list[Element]:
    """A line through points (x, y, what hovering says, what stands beside it)."""
    parts = [svg.path([(x, y) for x, y, _, _ in spots], f"curve {kind}")]
    for x, y, title, label in spots:
        parts += [svg.dot(x, y, kind, title), svg.text(x + 8, y - 6, label)]
    return parts
