"""Alerts of business rules on one company: raised when a rule is fulfilled, cleared when no text fits it any more."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.detector.context import Context
from services.detector.incident_events import Detection, IncidentEvent, cleared, raised
from services.detector.opinion import Opinion
from services.detector.rules.match import RuleMatch, RuleState, apply, fits
from services.domain.event_time import format_iso
from services.domain.key import MonitoredKey


class RuleRecord(msgspec.Struct):
    """One rule for one company: its matches, and the alert that is open until `until` (ms) unless a text fits."""

    state: RuleState = msgspec.field(default_factory=RuleState)
    id: str | None = None
    raised_at: int = 0
    until: int = 0
    severity: int = 1


def take(
    key: MonitoredKey, records: dict[str, RuleRecord], opinions: Iterable[Opinion], at: int, context: Context
) -> list[IncidentEvent]:
    """Apply the texts of one closed minute, which ended at `at` (ms), to the rules that cover the key."""
    if key.kind != "company":
        return []
    rules = context.watchlists.rules_of(key.entity)
    events: list[IncidentEvent] = []
    for opinion in sorted(opinions, key=lambda o: (o.time, o.id)) if rules else ():
        events += pass_time(key, records, opinion.time, context)
        for rule in rules:
            if not fits(rule, opinion):
                continue
            record = records.setdefault(rule.name, RuleRecord())
            record.until = max(record.until, opinion.time + rule.within_ms)
            match = apply(rule, record.state, opinion)
            if match is not None and record.id is None:
                record.id = f"{key}@{format_iso(at)}/{rule.name}"
                record.raised_at, record.severity = at, rule.severity
                events.append(raised(key, _detection(match), context, id=record.id, at=at, severity=record.severity))
    return events


def pass_time(key: MonitoredKey, records: dict[str, RuleRecord], to: int, context: Context) -> list[IncidentEvent]:
    """Clear the alerts of rules that no text before `to` (ms) fitted in time."""
    events: list[IncidentEvent] = []
    for _, record in sorted(records.items()):
        if record.id is not None and record.until < to:
            events.append(
                cleared(
                    key,
                    "rule",
                    context,
                    id=record.id,
                    at=record.until,
                    raised_at=record.raised_at,
                    severity=record.severity,
                )
            )
            record.id = None
    return events


def _detection(match: RuleMatch) -> Detection:
    texts = float(len(match.texts))
    return Detection(
        channel="rule",
        rule=match.rule.name,
        score=0.0,
        observed=texts,
        expected=0.0,
        texts=texts,
        window_minutes=match.rule.within_minutes,
        evidence=match.texts,
    )
