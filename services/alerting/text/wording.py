"""The words of an alert in English and Chinese: what happened, and the numbers behind it, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.domain.local_time import LocalTime
from services.domain.messages import IncidentRaised, IncidentRecord
from services.text.untrusted import safe_text

MOST_NAME_CHARS = 80
MOST = 1e15
"""Numbers are shown up to this."""

_PLURALS = {"company": "companies", "topic": "topics", "pair": "topics of a company"}
_MEASURES = {"company": "家公司", "topic": "个话题", "pair": "个公司话题"}


class Line(NamedTuple):
    """One line, twice."""

    en: str
    zh: str


def name_of(record: IncidentRecord) -> str:
    """What an incident is about: `Apple 苹果 (AAPL)`, or the entity where it has no other name."""
    raised = record.raised
    if raised.name in (raised.entity, ""):
        return safe_text(raised.entity, MOST_NAME_CHARS)
    return f"{safe_text(raised.name, MOST_NAME_CHARS)} ({safe_text(raised.entity, MOST_NAME_CHARS)})"


def summary(record: IncidentRecord) -> Line:
    """What happened."""
    raised, name = record.raised, name_of(record)
    span = _span(raised.window_minutes)
    seen, expected = number(raised.observed), number(raised.expected, 1)
    match raised.channel:
        case "negative":
            return Line(
                f"{name}: {seen} negative texts in {span.en}, {expected} expected",
                f"{name}：{span.zh}内 {seen} 条负面文本，预期 {expected} 条",
            )
        case "volume":
            return Line(
                f"{name}: {seen} texts in {span.en}, {expected} expected",
                f"{name}：{span.zh}内 {seen} 条文本，预期 {expected} 条",
            )
        case "rule":
            rule = safe_text(raised.rule or "", MOST_NAME_CHARS)
            return Line(
                f"{name}: rule {rule}, {seen} texts within {span.en}",
                f"{name}：触发规则 {rule}，{span.zh}内 {seen} 条文本",
            )
        case "market":
            return _market_summary(raised, span)


def numbers(record: IncidentRecord) -> Line:
    """The numbers behind it: observed, expected, all texts, the window, the score and what raises, the p-value."""
    raised = record.raised
    span = _span(raised.window_minutes)
    seen, expected, texts = number(raised.observed, 1), number(raised.expected, 1), number(raised.texts)
    if raised.channel == "market":
        least = number(raised.threshold, 1)
        return Line(
            f"{seen} of {texts} within {span.en}; more than {least} raise the alert; {_p_value(raised)}",
            f"{span.zh}内 {texts} 个中有 {seen} 个；超过 {least} 个即告警；{_p_value(raised)}",
        )
    if raised.channel == "rule":
        return Line(f"{texts} texts within {span.en}", f"{span.zh}内 {texts} 条文本")
    score = f"{number(raised.score, 2)} ({number(raised.threshold, 2)})"
    new = Line("; little history", "；历史较短") if raised.provisional else Line("", "")
    return Line(
        f"observed {seen}, expected {expected}, all texts {texts} in {span.en}; "
        f"score (raises at) {score}; {_p_value(raised)}{new.en}",
        f"{span.zh}内观测 {seen}，预期 {expected}，全部文本 {texts} 条；"
        f"得分（触发线）{score}；{_p_value(raised)}{new.zh}",
    )


def when(time: int, since: int, times: LocalTime) -> str:
    """The event time of what is told, and of its beginning where that was earlier (ms)."""
    return times.stamp(time) if time == since else f"{times.stamp(time)} (since 始于 {times.minute(since)})"


def standing(open_now: int, worst: Sequence[IncidentRecord]) -> Line:
    """How many are open now, and the worst of them."""
    if not open_now:
        return Line("none open now", "目前均已结束")
    names = [name_of(record) for record in worst]
    return Line(
        f"{open_now} open now, the worst: {', '.join(names)}",
        f"目前 {open_now} 个未结束，最严重：{'、'.join(names)}",
    )


def at_once(kind: str, count: int, worst: Sequence[IncidentRecord]) -> Line:
    """Many incidents of a kind at once, and the worst of them."""
    names = [name_of(record) for record in worst]
    return Line(
        f"{count} {plural(kind)} at once; the worst: {', '.join(names)}",
        f"{count} {_measure(kind)}同时告警；最严重：{'、'.join(names)}",
    )


def plural(kind: str) -> str:
    """`companies` for `company`."""
    return _PLURALS.get(kind, f"{safe_text(kind, MOST_NAME_CHARS)}s")


def number(value: float, digits: int = 0) -> str:
    """A number in a few signs, however large."""
    return f"{value:.{digits}f}" if abs(value) < 1e9 else f"{min(max(value, -MOST), MOST):.3g}"


def _market_summary(raised: IncidentRaised, span: Line) -> Line:
    seen, of, kind = number(raised.observed), number(raised.texts), raised.entity
    return Line(
        f"Market-wide: {seen} of {of} {plural(kind)} within {span.en}",
        f"市场整体：{span.zh}内 {of} {_measure(kind)}中 {seen} 个告警",
    )


def _measure(kind: str) -> str:
    return _MEASURES.get(kind, "个")


def _p_value(raised: IncidentRaised) -> str:
    return f"p = {raised.p_value:.2g}"


def _span(minutes: int) -> Line:
    if minutes >= 120 and minutes % 60 == 0:
        hours = number(minutes // 60)
        return Line(f"{hours} hours", f"{hours} 小时")
    return Line(f"{number(minutes)} minutes", f"{number(minutes)} 分钟")
