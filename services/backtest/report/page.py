"""A backtest as one HTML page that stands by itself: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from services.backtest.curve import LEAST_SEVERITY, Point, Reference
from services.backtest.incidents import Alert
from services.backtest.report.charts import decision_chart, factor
from services.backtest.report.incidents import alerts_table, key_timelines
from services.backtest.report.markup import element, write_html
from services.backtest.report.numbers import count, minutes, rate
from services.backtest.report.page_style import STYLE
from services.backtest.report.tables import row, table
from services.backtest.report.timeline import Timeline
from services.domain.key import MonitoredKey
from services.domain.messages import BudgetStatus

_COUNTED = "Alerts of other kinds (rules, volume, market-wide) are not paid from this budget and not counted here."
_WHY = (
    "At the end of the time looked at. A score raises an alert when quiet keys of its kind, with as many texts a day, "
    "reach it no more often than the budget allows. What is shipped counts as 40 key-days; half of any history fades "
    "in 120 days."
)
_CSP = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a report is about. `alerts` and `timelines` are those of the chosen setting; times in ms."""

    title: str
    facts: Sequence[tuple[str, str]]
    points: Sequence[Point]
    reference: Reference
    held: BudgetStatus | None
    alerts: Sequence[Alert]
    timelines: Mapping[MonitoredKey, Timeline]
    names: Mapping[MonitoredKey, str]
    """What to call a key in front of people."""
    start: int
    end: int


def page(findings: Findings) -> str:
    """The page."""
    title = f"Backtest 回测: {findings.title}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_CSP),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", STYLE),
    )
    body = element(
        "body",
        element("h1", title),
        _facts(findings.facts),
        *_curve(findings.points, findings.reference),
        *_held(findings.held),
        *alerts_table(findings.alerts, findings.names),
        *key_timelines(findings.alerts, findings.timelines, findings.names, (findings.start, findings.end)),
    )
    return write_html(element("html", head, body, lang="en"))


def _facts(facts: Sequence[tuple[str, str]]) -> Element:
    rows = (element("tr", element("th", name, scope="row"), element("td", value)) for name, value in facts)
    return element("table", *rows, class_="facts")


def _curve(points: Sequence[Point], reference: Reference) -> list[Element]:
    labelled = reference.labelled
    columns = ["Setting 设置", "Budget a day 每日预算", "per 100 key-days 每百键日", "Alerts 警报", "a day 每日"]
    columns += ["per 100 key-days 每百键日", "Seen 发现", "Missed 漏报", "Median delay, min 延迟中位数（分钟）"]
    columns += ["On other events 其他事件上的警报"] if labelled else []
    rows = []
    for one in points:
        cells = [factor(one), rate(one.asked_per_day), rate(one.asked_per_100_key_days), count(one.alerts)]
        cells += [rate(one.per_day), rate(one.per_100_key_days), count(one.seen), count(one.missed)]
        cells += [minutes(one.delay_minutes)] + ([count(one.on_unwanted)] if labelled else [])
        chosen = one.setting.factor == 1.0
        cells[0] += " (chosen 所选)" if chosen else ""
        rows.append(row(cells, range(1, len(cells)), "chosen" if chosen else ""))
    return [
        element("h2", "What a budget buys 预算与收获"),
        element("p", _meaning(reference)),
        decision_chart(points),
        table(columns, rows, range(1, len(columns))),
    ]


def _held(held: BudgetStatus | None) -> list[Element]:
    """Which scores the budgets come to; nothing where a threshold stands in their place."""
    if held is None:
        return []
    lists = [one.name for one in held.watchlists]
    columns = ["Keys 关注对象", "Texts a day 每日文本", *(f"Score that raises 触发分数: {name}" for name in lists)]
    columns.append("Quiet key-days 平静键日")
    rows = []
    for one in held.cohorts:
        scores = [rate(one.thresholds.get(name)) for name in lists]
        texts = f"{one.least:g}+" if one.most is None else f"{one.least:g}–{one.most:g}"
        rows.append(row([one.kind, texts, *scores, count(one.key_days)], range(1, len(columns))))
    return [
        element("h2", "What the budget came to 预算对应的门槛"),
        element("p", _WHY),
        table(columns, rows, range(1, len(columns))),
    ]


def _meaning(reference: Reference) -> str:
    if reference.labelled:
        return (
            f"Measured against {len(reference.wanted)} labelled negative events within the time looked at. An event is "
            "seen when an alert of that company is raised from its start to a day after its end; the delay counts from "
            f"its start. {len(reference.unwanted)} events have other labels: alerts on them are not wanted. {_COUNTED}"
        )
    return (
        "Nothing is labelled, so the others are measured against the most generous setting, the last one: its "
        f"{len(reference.wanted)} incidents that reached severity {LEAST_SEVERITY}. An incident is seen when the key "
        f"alerts before it is over; the delay counts from its first alert at the most generous setting. {_COUNTED}"
    )
