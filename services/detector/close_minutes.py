"""What closed minutes and the passing of time do to a followed key, in all channels."""

from __future__ import annotations

from services.detector import detect as negative
from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.detector.key_record import KeyRecord
from services.detector.rules import incidents as rules
from services.detector.volume import incidents as volume
from services.domain.event_time import MINUTE_MS
from services.domain.key import MonitoredKey


def close_minutes(key: MonitoredKey, record: KeyRecord, watermark: int, context: Context) -> list[IncidentEvent]:
    """Apply every open minute that ends at or before `watermark` (ms), in order; then let time pass."""
    events: list[IncidentEvent] = []
    for minute in sorted(start for start in record.minutes if start + MINUTE_MS <= watermark):
        opinions = record.minutes.pop(minute)
        if record.state is None:
            record.state = negative.new_state(minute)
        events += volume.apply_minute(key, record, minute, context)  # before texts change the bins that it looks at
        events += negative.apply_minute(key, record.state, minute, opinions, context)
        events += rules.apply_minute(key, record.rules, minute, opinions, context)
    if record.state is not None:
        events += negative.advance(key, record.state, watermark, context, while_waiting=True)
    events += volume.advance(key, record, watermark, context)
    events += rules.advance(key, record.rules, watermark // MINUTE_MS * MINUTE_MS, context)
    return events
