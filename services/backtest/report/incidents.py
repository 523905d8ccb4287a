"""The alerts of a report: all by rarity, then by key with their timeline and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element

from services.backtest.incidents import by_rarity, key_of
from services.backtest.report.charts import timeline_chart
from services.backtest.report.markup import element
from services.backtest.report.numbers import NONE
from services.backtest.report.tables import row, table
from services.backtest.report.timeline import Timeline
from services.domain.event_time import format_iso
from services.domain.incident_json import CHANNELS
from services.domain.messages import Evidence, IncidentRecord

MOST_KEYS = 20
"""Keys with a timeline."""
_MOST_ROWS, _MOST_INCIDENTS_OF_KEY, _MOST_EVIDENCE = 200, 20, 5
_SHORT, _LONG = 160, 400
"""Characters of a text that are shown in the table and below the timelines."""


def shown_keys(incidents: Iterable[IncidentRecord]) -> list[str]:
    """The keys that get a timeline: those of the least likely alerts."""
    ranked = (key_of(record) for record in by_rarity(incidents) if record.raised.channel != "market")
    return list(dict.fromkeys(ranked))[:MOST_KEYS]


def alerts_table(incidents: Iterable[IncidentRecord], names: Mapping[str, str]) -> list[Element]:
    """All alerts, the least likely first."""
    ranked = by_rarity(incidents)
    columns = ["Time 时间 (UTC)", "Key 对象", "About 类型", "Severity 级别", "p-value p 值"]
    columns += ["Texts that count 计入文本", "Best evidence 最强证据"]
    rows = [
        row(
            [
                format_iso(record.first_at),
                names.get(key_of(record), key_of(record)),
                _about(record),
                str(record.raised.severity),
                _p_value(record),
                _counts(record),
                _cut(record.raised.evidence[0].text, _SHORT) if record.raised.evidence else "",
            ],
            (3, 4),
        )
        for record in ranked[:_MOST_ROWS]
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
    incidents: Sequence[IncidentRecord],
    timelines: Mapping[str, Timeline],
    names: Mapping[str, str],
    span: tuple[int, int],
) -> list[Element]:
    """For each of `shown_keys` its texts over the `span` (first and last ms), and its alerts with their texts."""
    sections = []
    for key in shown_keys(incidents):
        own = [record for record in incidents if key_of(record) == key]
        shown = {id(record) for record in by_rarity(own)[:_MOST_INCIDENTS_OF_KEY]}
        details = [part for record in own if id(record) in shown for part in _detail(record)]
        chart = timeline_chart(timelines[key], own, *span)
        name = element("h3", names.get(key, key))
        sections.append(element("section", name, chart, *details, *_more(len(own) - len(shown)), class_="key"))
    if not sections:
        return []
    legend = (
        "Bars are texts: negative 负面 in red below, other 其他 in grey above. A triangle is an alert 警报, coloured "
        "by severity; the band behind it lasts while it is open."
    )
    return [element("h2", "Timelines 时间线"), element("p", legend), *sections]


def _detail(record: IncidentRecord) -> list[Element]:
    latest = record.raised
    until = "open at the end" if record.cleared is None else f"cleared {format_iso(record.cleared.time)}"
    new = ", key still new" if latest.provisional else ""
    line = f"{_about(record)}, severity {latest.severity}, p = {_p_value(record)}, {_counts(record)}, {until}{new}"
    evidence = (_evidence(one) for one in latest.evidence[:_MOST_EVIDENCE])
    return [element("div", element("strong", format_iso(record.first_at)), f": {line}"), element("ul", *evidence)]


def _evidence(one: Evidence) -> Element:
    copies = "" if one.reach == 1 else f", {one.reach} copies 篇"
    source: Element | str = one.source
    if one.url is not None and one.url.startswith(("https://", "http://")):
        source = element("a", one.source, href=one.url, rel="noopener noreferrer")
    place = element("span", f" ({format_iso(one.time)}, ", source, f"{copies})", class_="soft")
    return element("li", _cut(one.text, _LONG), place)


def _counts(record: IncidentRecord) -> str:
    one = record.raised
    if one.channel == "market":
        return f"{one.observed:.0f} of {one.texts:.0f} keys in {one.window_minutes} min"
    if one.channel == "rule":
        return f"{one.observed:.0f} in {one.window_minutes} min"
    return f"{one.observed:.1f} of {one.texts:.1f}, expected {one.expected:.1f}, in {one.window_minutes} min"


def _about(record: IncidentRecord) -> str:
    rule = f" {record.raised.rule}" if record.raised.rule else ""
    return CHANNELS[record.raised.channel] + rule


def _p_value(record: IncidentRecord) -> str:
    """A rule has none."""
    return NONE if record.raised.channel == "rule" else f"{record.p_value:.2g}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _more(hidden: int) -> list[Element]:
    return [element("p", f"{hidden} more are in the file of alerts.")] if hidden > 0 else []
