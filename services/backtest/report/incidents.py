"""The alerts of a report: all by rarity, then by key with their timeline and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from services.backtest.incidents import Alert, by_rarity
from services.backtest.report.charts import timeline_chart
from services.backtest.report.markup import element
from services.backtest.report.numbers import NONE
from services.backtest.report.tables import row, table
from services.backtest.report.timeline import Timeline
from services.domain.event_time import format_iso
from services.domain.incident_json import CHANNELS
from services.domain.key import MonitoredKey
from services.domain.messages import Evidence

MOST_KEYS = 20
"""Keys with a timeline."""
_MOST_ROWS, _MOST_ALERTS_OF_KEY, _MOST_EVIDENCE = 200, 20, 5
_SHORT, _LONG = 160, 400
"""Characters of a text that are shown in the table and below the timelines."""


def shown_keys(alerts: Iterable[Alert]) -> list[MonitoredKey]:
    """The keys that get a timeline: those of the least likely alerts."""
    ranked = (alert.key for alert in by_rarity(alerts) if alert.latest.channel != "market")
    return list(dict.fromkeys(ranked))[:MOST_KEYS]


def alerts_table(alerts: Iterable[Alert], names: Mapping[MonitoredKey, str]) -> list[Element]:
    """All alerts, the least likely first."""
    ranked = by_rarity(alerts)
    columns = ["Time 时间 (UTC)", "Key 对象", "About 类型", "Severity 级别", "p-value p 值"]
    columns += ["Texts that count 计入文本", "Best evidence 最强证据"]
    rows = [
        row(
            [
                format_iso(alert.raised_at),
                names.get(alert.key, str(alert.key)),
                _about(alert),
                str(alert.latest.severity),
                _p_value(alert),
                _counts(alert),
                _cut(alert.latest.evidence[0].text, _SHORT) if alert.latest.evidence else "",
            ],
            (3, 4),
        )
        for alert in ranked[:_MOST_ROWS]
    ]
    more = len(ranked) - len(rows)
    return [
        element("h2", "Alerts 警报, least likely first"),
        element(
            "p",
            "The p-value is how likely a key like this one reaches such a score within a day when nothing happens. "
            "Texts are weighted: copies, and one author again, count less.",
        ),
        table(columns, rows, (3, 4)) if rows else element("p", "None 无."),
        *_more(more),
    ]


def key_timelines(
    alerts: Sequence[Alert],
    timelines: Mapping[MonitoredKey, Timeline],
    names: Mapping[MonitoredKey, str],
    span: tuple[int, int],
) -> list[Element]:
    """For each of `shown_keys` its texts over the `span` (first and last ms), and its alerts with their texts."""
    sections = []
    for key in shown_keys(alerts):
        own = [alert for alert in alerts if alert.key == key]
        shown = {id(alert) for alert in by_rarity(own)[:_MOST_ALERTS_OF_KEY]}
        details = [part for alert in own if id(alert) in shown for part in _detail(alert)]
        chart = timeline_chart(timelines[key], own, *span)
        name = element("h3", names.get(key, str(key)))
        sections.append(element("section", name, chart, *details, *_more(len(own) - len(shown)), class_="key"))
    if not sections:
        return []
    legend = (
        "Bars are texts: negative 负面 in red below, other 其他 in grey above. A triangle is an alert 警报, coloured "
        "by severity; the band behind it lasts while it is open."
    )
    return [element("h2", "Timelines 时间线"), element("p", legend), *sections]


def _detail(alert: Alert) -> list[Element]:
    latest = alert.latest
    until = "open at the end" if alert.cleared_at is None else f"cleared {format_iso(alert.cleared_at)}"
    new = ", key still new" if latest.provisional else ""
    line = f"{_about(alert)}, severity {latest.severity}, p = {_p_value(alert)}, {_counts(alert)}, {until}{new}"
    evidence = (_evidence(one) for one in latest.evidence[:_MOST_EVIDENCE])
    return [element("div", element("strong", format_iso(alert.raised_at)), f": {line}"), element("ul", *evidence)]


def _evidence(one: Evidence) -> Element:
    copies = "" if one.reach == 1 else f", {one.reach} copies 篇"
    source: Element | str = one.source
    if one.url is not None and one.url.startswith(("https://", "http://")):
        source = element("a", one.source, href=one.url, rel="noopener noreferrer")
    place = element("span", f" ({format_iso(one.time)}, ", source, f"{copies})", class_="soft")
    return element("li", _cut(one.text, _LONG), place)


def _counts(alert: Alert) -> str:
    one = alert.latest
    if one.channel == "market":
        return f"{one.observed:.0f} of {one.texts:.0f} keys in {one.window_minutes} min"
    if one.channel == "rule":
        return f"{one.observed:.0f} in {one.window_minutes} min"
    return f"{one.observed:.1f} of {one.texts:.1f}, expected {one.expected:.1f}, in {one.window_minutes} min"


def _about(alert: Alert) -> str:
    rule = f" {alert.latest.rule}" if alert.latest.rule else ""
    return CHANNELS[alert.latest.channel] + rule


def _p_value(alert: Alert) -> str:
    """A rule has none."""
    return NONE if alert.latest.channel == "rule" else f"{alert.p_value:.2g}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _more(hidden: int) -> list[Element]:
    return [element("p", f"{hidden} more are in the file of alerts.")] if hidden > 0 else []
