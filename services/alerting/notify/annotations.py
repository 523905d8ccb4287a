"""The annotations of an alert: what people read of it. Every text in them is safe, and bounded."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from services.alerting.notify.group_summary import GroupSummary
from services.alerting.notify.labels import SURGE, SURGE_GROUP
from services.alerting.text.wording import (
    MOST_NAME_CHARS,
    Line,
    at_once,
    name_of,
    number,
    numbers,
    standing,
    summary,
    when,
)
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import Evidence, IncidentRecord
from services.text.untrusted import safe_text

Annotations = dict[str, str]

MOST_TEXT_CHARS = 280
MOST_EVIDENCE = 5
MOST_ID_CHARS = 300
RUNBOOK = "deploy/runbook.md"
LIST_OPEN = "groundswell alerts list --open"

_DASHBOARDS = {"company": "groundswell-company?var-company=", "topic": "groundswell-topic?var-topic="}


def annotations_of(record: IncidentRecord, grafana: str, times: LocalTime = IN_UTC) -> Annotations:
    """The annotations of one incident; `grafana` is the address that links start with, empty for none.

    Times are told, and shown behind the links, as `times` has them.
    """
    return _put_together(
        incident=safe_text(record.raised.id, MOST_ID_CHARS),
        name=name_of(record),
        summary=summary(record),
        numbers=numbers(record),
        time=when(record.raised.time, record.first_at, times),
        evidence=evidence_lines(record.raised.evidence),
        command=show_command(record.raised.id),
        link=dashboard(record.raised.kind, record.raised.entity, grafana, times),
    ) | {"runbook": f"{RUNBOOK}#{SURGE.lower()}"}


def market_annotations(
    record: IncidentRecord, group: GroupSummary, grafana: str, times: LocalTime = IN_UTC
) -> Annotations:
    """The annotations of a market-wide incident, which represents single ones."""
    what, now = summary(record), standing(group.open_now, group.worst)
    whole = Line(f"{what.en}; {now.en}", f"{what.zh}；{now.zh}")
    return annotations_of(record, grafana, times) | {"summary": whole.en, "summary_zh": whole.zh}


def group_annotations(incident: str, group: GroupSummary, grafana: str, times: LocalTime = IN_UTC) -> Annotations:
    """The annotations of the one alert of a group of incidents."""
    best = [record.raised.evidence[0] for record in group.worst if record.raised.evidence]
    return _put_together(
        incident=incident,
        name=f"{safe_text(group.kind, MOST_NAME_CHARS)} storm",
        summary=at_once(group.kind, group.entities, group.worst),
        numbers=Line(
            f"{group.incidents} incidents, {group.open_now} open now",
            f"共 {group.incidents} 起，目前 {group.open_now} 起未结束",
        ),
        time=_when_of_all(group.worst, times),
        evidence=evidence_lines(best),
        command=LIST_OPEN,
        link=dashboard("", "", grafana, times),
    ) | {"runbook": f"{RUNBOOK}#{SURGE_GROUP.lower()}"}


def evidence_lines(evidence: Iterable[Evidence]) -> str:
    """The best texts, one a line, each with P(negative), how often it was seen, and its source."""
    lines = []
    for place, one in enumerate(list(evidence)[:MOST_EVIDENCE], 1):
        source = safe_text(one.source, 60)
        seen = "seen once" if one.reach == 1 else f"seen {number(one.reach)} times"
        about = f"{number(100 * one.negative)} % negative, {seen}, {source}"
        lines.append(f"{place}. [{about}] {safe_text(one.text, MOST_TEXT_CHARS)}")
    return "\n".join(lines)


def show_command(incident: str) -> str:
    """The command that shows an incident, ready for a shell, whatever is in the id."""
    return f"groundswell alerts show {shlex.quote(safe_text(incident, MOST_ID_CHARS))}"


def dashboard(kind: str, entity: str, grafana: str, times: LocalTime = IN_UTC) -> str:
    """The dashboard that shows what an alert is about; empty without Grafana.

    It shows times in UTC by itself, and in another zone where the address asks for it.
    """
    if not grafana:
        return ""
    one = _DASHBOARDS.get(kind)
    page = "groundswell-overview" if one is None else one + quote(safe_text(entity, MOST_ID_CHARS), safe="")
    zone = "" if times == IN_UTC else f"{'&' if '?' in page else '?'}timezone={quote(times.name, safe='')}"
    return f"{grafana.rstrip('/')}/d/{page}{zone}"


def _when_of_all(records: Sequence[IncidentRecord], times: LocalTime) -> str:
    if not records:
        return ""
    return when(max(each.raised.time for each in records), min(each.first_at for each in records), times)


def _put_together(
    *,
    incident: str,
    name: str,
    summary: Line,
    numbers: Line,
    time: str,
    evidence: str,
    command: str,
    link: str,
) -> Annotations:
    found = {
        "incident": incident,
        "name": name,
        "summary": summary.en,
        "summary_zh": summary.zh,
        "numbers": numbers.en,
        "numbers_zh": numbers.zh,
        "time": time,
        "evidence": evidence,
        "command": command,
        "link": link,
    }
    return {key: value for key, value in found.items() if value}
