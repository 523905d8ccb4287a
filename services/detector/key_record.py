"""All that is held of one followed key, and how texts come into it."""

from __future__ import annotations

import msgspec

from services.detector.opinion import Opinion, opinion_of
from services.detector.rules.record import RuleRecord
from services.detector.state import KeyState
from services.detector.volume.record import VolumeRecord
from services.domain.event_time import MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import Origin, ScoredText


class KeyRecord(msgspec.Struct):
    """State of one followed key. `applied` holds the last offset taken in of each raw partition."""

    partition: int
    applied: dict[str, int] = msgspec.field(default_factory=dict)
    minutes: dict[int, list[Opinion]] = msgspec.field(default_factory=dict)
    """The minutes that are open, by their start (ms)."""
    state: KeyState | None = None
    rules: dict[str, RuleRecord] = msgspec.field(default_factory=dict)
    """By name of the rule."""
    volume: VolumeRecord | None = None

    def is_waiting(self) -> bool:
        """True when the passing of event time alone can change it: an incident is open, or a score may last."""
        rules = any(record.id is not None for record in self.rules.values())
        volume = self.volume is not None and self.volume.is_waiting()
        return rules or volume or (self.state is not None and self.state.is_waiting())

    def is_active(self) -> bool:
        """True when it is to be looked at as event time passes: it waits, or a minute is open."""
        return bool(self.minutes) or self.is_waiting()


def origin_name(origin: Origin) -> str:
    """`topic/partition` of a raw partition."""
    return f"{origin.topic}/{origin.partition}"


def was_applied(record: KeyRecord, text: ScoredText) -> bool:
    """True when this very record of a raw partition was taken in before (a redelivery)."""
    return text.origin is not None and text.origin.offset <= record.applied.get(origin_name(text.origin), -1)


def put_text(record: KeyRecord, key: MonitoredKey, text: ScoredText) -> None:
    """Put a text that was not applied before into its open minute."""
    if text.origin is not None:
        record.applied[origin_name(text.origin)] = text.origin.offset
    minute = text.published_at // MINUTE_MS * MINUTE_MS
    record.minutes.setdefault(minute, []).append(opinion_of(text, key))
