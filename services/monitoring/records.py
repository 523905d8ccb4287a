"""One record a followed key, as it lies in the table: what was applied, the open minutes, the detector's state."""

from __future__ import annotations

import msgspec

from services.common.messages import Origin, ScoredText, SpikeCleared, SpikeRaised
from services.monitoring.detector.detect import advance, apply_minute, new_state
from services.monitoring.detector.opinion import Opinion, opinion_of
from services.monitoring.detector.params import MINUTE_MS, Params
from services.monitoring.detector.state import KeyState


class KeyRecord(msgspec.Struct):
    """State of one followed key. `applied` holds the last offset taken in of each raw partition."""

    partition: int
    applied: dict[str, int] = msgspec.field(default_factory=dict)
    minutes: dict[int, list[Opinion]] = msgspec.field(default_factory=dict)
    state: KeyState | None = None

    def is_active(self) -> bool:
        """True when the passing of event time can change it: a minute is open, or an alert is."""
        return bool(self.minutes) or (self.state is not None and self.state.is_open())


def origin_name(origin: Origin) -> str:
    """`topic/partition` of a raw partition."""
    return f"{origin.topic}/{origin.partition}"


def applied(record: KeyRecord, text: ScoredText) -> bool:
    """True when this very record of a raw partition was taken in before (a redelivery)."""
    return text.origin is not None and text.origin.offset <= record.applied.get(origin_name(text.origin), -1)


def accept(record: KeyRecord, key: str, text: ScoredText) -> None:
    """Put a text that was not applied before into its open minute."""
    if text.origin is not None:
        record.applied[origin_name(text.origin)] = text.origin.offset
    minute = text.published_at // MINUTE_MS * MINUTE_MS
    record.minutes.setdefault(minute, []).append(opinion_of(text, key))


def close_minutes(key: str, record: KeyRecord, watermark: int, params: Params) -> list[SpikeRaised | SpikeCleared]:
    """Apply every open minute that ends at or before `watermark` (ms), in order; then let time pass for an alert."""
    events: list[SpikeRaised | SpikeCleared] = []
    for minute in sorted(m for m in record.minutes if m + MINUTE_MS <= watermark):
        opinions = record.minutes.pop(minute)
        if record.state is None:
            record.state = new_state(minute)
        events += apply_minute(key, record.state, minute, opinions, params)
    if record.state is not None and record.state.is_open():
        events += advance(key, record.state, watermark, params)
    return events
