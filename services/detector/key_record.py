"""All that is held of one followed key, and what closed minutes and passing time do to it."""

from __future__ import annotations

import msgspec

from services.detector.context import Context
from services.detector.detect import advance, apply_minute, new_state
from services.detector.incident_events import IncidentEvent
from services.detector.opinion import Opinion, opinion_of
from services.detector.rules.incidents import RuleRecord, pass_time, take
from services.detector.state import KeyState
from services.detector.volume import incidents as volume_alerts
from services.detector.volume.incidents import VolumeRecord
from services.domain.event_time import MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import Origin, ScoredText


class KeyRecord(msgspec.Struct):
    """State of one followed key. `applied` holds the last offset taken in of each raw partition."""

    partition: int
    applied: dict[str, int] = msgspec.field(default_factory=dict)
    minutes: dict[int, list[Opinion]] = msgspec.field(default_factory=dict)
    state: KeyState | None = None
    rules: dict[str, RuleRecord] = msgspec.field(default_factory=dict)
    """By name of the rule."""
    volume: VolumeRecord | None = None

    def is_waiting(self) -> bool:
        """True when the passing of event time alone can change it: an alert is open, or a score may hold."""
        rules = any(record.id is not None for record in self.rules.values())
        volume = self.volume is not None and self.volume.is_waiting()
        return rules or volume or (self.state is not None and self.state.is_waiting())

    def is_active(self) -> bool:
        """True when it is to be looked at as event time passes: it waits, or a minute is open."""
        return bool(self.minutes) or self.is_waiting()


def origin_name(origin: Origin) -> str:
    """`topic/partition` of a raw partition."""
    return f"{origin.topic}/{origin.partition}"


def applied(record: KeyRecord, text: ScoredText) -> bool:
    """True when this very record of a raw partition was taken in before (a redelivery)."""
    return text.origin is not None and text.origin.offset <= record.applied.get(origin_name(text.origin), -1)


def accept(record: KeyRecord, key: MonitoredKey, text: ScoredText) -> None:
    """Put a text that was not applied before into its open minute."""
    if text.origin is not None:
        record.applied[origin_name(text.origin)] = text.origin.offset
    minute = text.published_at // MINUTE_MS * MINUTE_MS
    record.minutes.setdefault(minute, []).append(opinion_of(text, key))


def close_minutes(key: MonitoredKey, record: KeyRecord, watermark: int, context: Context) -> list[IncidentEvent]:
    """Apply every open minute that ends at or before `watermark` (ms), in order; then let time pass."""
    events: list[IncidentEvent] = []
    for minute in sorted(m for m in record.minutes if m + MINUTE_MS <= watermark):
        opinions = record.minutes.pop(minute)
        if record.state is None:
            record.state = new_state(minute)
        events += _volume(key, record, minute, context)
        events += apply_minute(key, record.state, minute, opinions, context)
        record.volume = volume_alerts.note(key, record.volume, minute, context)
        events += take(key, record.rules, opinions, minute + MINUTE_MS, context)
    if record.state is not None:
        events += advance(key, record.state, watermark, context, while_waiting=True)
    events += _volume(key, record, watermark, context)
    events += pass_time(key, record.rules, watermark // MINUTE_MS * MINUTE_MS, context)
    return events


def _volume(key: MonitoredKey, record: KeyRecord, to: int, context: Context) -> list[IncidentEvent]:
    if record.volume is None or record.state is None:
        return []
    return volume_alerts.pass_time(key, record.volume, record.state, to, context)
