"""Alerts of business rules on one company: raised when a rule is fulfilled, cleared when no text fits it any more."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.detector.context import Context
from services.detector.incident_events import cleared
from services.detector.opinion import Opinion
from services.detector.rules.match import RuleMatch, RuleState, apply, fits
from services.domain.event_time import format_iso
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised


class RuleRecord(msgspec.Struct):
    """One rule for one company: its matches, and the alert that is open until `until` (ms) unless a text fits."""

    state: RuleState = msgspec.field(default_factory=RuleState)
    id: str | None = None
    raised_at: int = 0
    until: int = 0
    severity: int = 1


def take(
    key: MonitoredKey, records: dict[str, RuleRecord], opinions: Iterable[Opinion], at: int, context: Context
) -> list[IncidentRaised | IncidentCleared]:
    """Apply the texts of one closed minute, which ended at `at` (ms), to the rules that cover the key."""
    if key.kind != "company":
        return []
    rules = context.watchlists.rules_of(key.entity)
    events: list[IncidentRaised | IncidentCleared] = []
    for opinion in sorted(opinions, key=lambda o: (o.time, o.id)) if rules else ():
        events += pass_time(key, records, opinion.time)
        for rule in rules:
            if not fits(rule, opinion):
                continue
            record = records.setdefault(rule.name, RuleRecord())
            record.until = max(record.until, opinion.time + rule.within_ms)
            match = apply(rule, record.state, opinion)
            if match is not None and record.id is None:
                record.id = f"{key}@{format_iso(at)}/{rule.name}"
                record.raised_at, record.severity = at, rule.severity
                events.append(_raised(key, record, match, at, context))
    return events


def pass_time(key: MonitoredKey, records: dict[str, RuleRecord], to: int) -> list[IncidentRaised | IncidentCleared]:
    """Clear the alerts of rules that no text before `to` (ms) fitted in time."""
    events: list[IncidentRaised | IncidentCleared] = []
    for _, record in sorted(records.items()):
        if record.id is not None and record.until < to:
            events.append(cleared(key, record.id, record.until, record.raised_at, record.severity, "rule"))
            record.id = None
    return events


def _raised(key: MonitoredKey, record: RuleRecord, match: RuleMatch, at: int, context: Context) -> IncidentRaised:
    assert record.id is not None
    return IncidentRaised(
        id=record.id,
        channel="rule",
        rule=match.rule.name,
        kind=key.kind,
        entity=key.entity,
        name=key.entity,
        time=at,
        severity=record.severity,
        score=0.0,
        watchlists=context.watchlists.watching(key),
        quiet=context.watchlists.quiet(key, at, record.severity),
        observed=float(len(match.texts)),
        expected=0.0,
        texts=float(len(match.texts)),
        window_minutes=match.rule.within_minutes,
        provisional=False,
        revision=0,
        evidence=match.texts,
    )
