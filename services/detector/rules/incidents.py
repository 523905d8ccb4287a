"""Incidents of business rules on one company: raised when a rule is fulfilled, cleared when no text fits any more."""

from __future__ import annotations

from collections.abc import Sequence

from services.detector.context import Context
from services.detector.incident_events import Detection, IncidentEvent, cleared, raised
from services.detector.opinion import Opinion
from services.detector.rules.match import RuleMatch, fits, match
from services.detector.rules.record import RuleRecord
from services.domain.event_time import MINUTE_MS, format_iso
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared


def apply_minute(
    key: MonitoredKey, records: dict[str, RuleRecord], minute: int, opinions: Sequence[Opinion], context: Context
) -> list[IncidentEvent]:
    """Take in the texts of one closed minute (`minute` in ms, its start) for the rules that cover the key."""
    rules = context.watchlists.rules_of(key.entity) if key.kind == "company" else ()
    if not rules:
        return []
    events: list[IncidentEvent] = []
    for opinion in sorted(opinions, key=lambda o: (o.time, o.id)):
        events += advance(key, records, opinion.time, context)
        for rule in rules:
            if not fits(rule, opinion):
                continue
            record = records.setdefault(rule.name, RuleRecord())
            record.until = max(record.until, opinion.time + rule.within_ms)
            fulfilled = match(rule, record.state, opinion)
            if fulfilled is not None and record.id is None:
                at = minute + MINUTE_MS
                record.id = f"{key}@{format_iso(at)}/{rule.name}"
                record.raised_at, record.severity = at, rule.severity
                detection = _detection(fulfilled)
                events.append(raised(key, detection, context, id=record.id, at=at, severity=record.severity))
    return events


def advance(key: MonitoredKey, records: dict[str, RuleRecord], to: int, context: Context) -> list[IncidentEvent]:
    """Let event time run to `to` (ms): the incidents of rules that no text fitted in time clear."""
    events: list[IncidentEvent] = []
    for _, record in sorted(records.items()):
        if record.id is not None and record.until < to:
            events.append(_cleared(key, record, record.id, context))
    return events


def _detection(found: RuleMatch) -> Detection:
    texts = float(len(found.texts))
    return Detection(
        channel="rule",
        rule=found.rule.name,
        score=0.0,
        observed=texts,
        expected=0.0,
        texts=texts,
        window_minutes=found.rule.within_minutes,
        evidence=found.texts,
    )


def _cleared(key: MonitoredKey, record: RuleRecord, id: str, context: Context) -> IncidentCleared:
    record.id = None
    return cleared(key, "rule", context, id=id, at=record.until, raised_at=record.raised_at, severity=record.severity)
