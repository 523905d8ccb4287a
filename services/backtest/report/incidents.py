"""The incidents of a report: all by rarity, then by key with their timeline and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.backtest.incidents import by_rarity
from services.backtest.report.numbers import NONE
from services.backtest.report.timeline import Timeline
from services.backtest.report.timeline_chart import TimelineChart, timeline_chart
from services.domain.incident import key_of
from services.domain.incident_json import CHANNELS
from services.domain.key import MonitoredKey
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import Evidence, IncidentRecord

MOST_KEYS = 20
"""Keys with a timeline."""
_MOST_ROWS, _MOST_OF_KEY, _MOST_EVIDENCE = 200, 20, 5


class EvidenceLine(NamedTuple):
    """One text that led to an incident; `url` is None where it is not an address of the web."""

    text: str
    time: str
    source: str
    url: str | None
    reach: int


class IncidentLine(NamedTuple):
    """What a report says of one incident."""

    time: str
    name: str
    about: str
    severity: int
    p_value: str
    counts: str
    ending: str
    provisional: bool
    evidence: Sequence[EvidenceLine]


class IncidentTable(NamedTuple):
    """The least likely incidents first, and how many more there are."""

    lines: Sequence[IncidentLine]
    more: int


class KeyTimeline(NamedTuple):
    """A key with its picture, its least likely incidents in order of time, and how many more there are."""

    name: str
    chart: TimelineChart
    lines: Sequence[IncidentLine]
    more: int


def shown_keys(incidents: Iterable[IncidentRecord]) -> list[MonitoredKey]:
    """The keys that get a timeline: those of the least likely incidents."""
    ranked = (key_of(record.raised) for record in by_rarity(incidents) if record.raised.channel != "market")
    return list(dict.fromkeys(ranked))[:MOST_KEYS]


def incident_table(
    incidents: Iterable[IncidentRecord], names: Mapping[MonitoredKey, str], times: LocalTime = IN_UTC
) -> IncidentTable:
    """All incidents, the least likely first."""
    ranked = by_rarity(incidents)
    return IncidentTable(
        [_line(record, names, times) for record in ranked[:_MOST_ROWS]], max(len(ranked) - _MOST_ROWS, 0)
    )


def key_timelines(
    incidents: Sequence[IncidentRecord],
    timelines: Mapping[MonitoredKey, Timeline],
    names: Mapping[MonitoredKey, str],
    start: int,
    end: int,
    times: LocalTime = IN_UTC,
) -> list[KeyTimeline]:
    """For each of `shown_keys` its texts from `start` to `end` (ms), and its incidents with their texts."""
    found = []
    for key in shown_keys(incidents):
        own = [record for record in incidents if key_of(record.raised) == key]
        shown = sorted(by_rarity(own)[:_MOST_OF_KEY], key=lambda record: (record.first_at, record.raised.id))
        chart = timeline_chart(timelines[key], own, start, end, times)
        lines = [_line(record, names, times) for record in shown]
        found.append(KeyTimeline(names.get(key, str(key)), chart, lines, len(own) - len(shown)))
    return found


def _line(record: IncidentRecord, names: Mapping[MonitoredKey, str], times: LocalTime) -> IncidentLine:
    key, raised = key_of(record.raised), record.raised
    return IncidentLine(
        time=times.iso(record.first_at),
        name=names.get(key, str(key)),
        about=CHANNELS[raised.channel] + (f" {raised.rule}" if raised.rule else ""),
        severity=raised.severity,
        p_value=NONE if raised.channel == "rule" else f"{record.p_value:.2g}",
        counts=_counts(record),
        ending="open at the end" if record.cleared is None else f"cleared {times.iso(record.cleared.time)}",
        provisional=raised.provisional,
        evidence=[_evidence(one, times) for one in raised.evidence[:_MOST_EVIDENCE]],
    )


def _evidence(one: Evidence, times: LocalTime) -> EvidenceLine:
    url = one.url if one.url is not None and one.url.startswith(("https://", "http://")) else None
    return EvidenceLine(one.text, times.iso(one.time), one.source, url, one.reach)


def _counts(record: IncidentRecord) -> str:
    one = record.raised
    if one.channel == "market":
        return f"{one.observed:.0f} of {one.texts:.0f} keys in {one.window_minutes} min"
    if one.channel == "rule":
        return f"{one.observed:.0f} in {one.window_minutes} min"
    return f"{one.observed:.1f} of {one.texts:.1f}, expected {one.expected:.1f}, in {one.window_minutes} min"
