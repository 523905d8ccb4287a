"""The information channel: alerts on unusual volume of one key, of any sentiment, where a watchlist asks for them."""

from __future__ import annotations

import math

import msgspec

from services.detector.context import Context
from services.detector.incident_events import Detection, IncidentEvent, cleared, raised
from services.detector.params import BIN_MS
from services.detector.state import KeyState
from services.detector.volume.score import SCALES, VolumeState, new_volume, observe
from services.domain.event_time import HOUR_MS, MINUTE_MS, format_iso
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared

LOOKS_A_DAY = 26.0
"""Independent looks in a day of five-minute bins whose windows overlap; measured on NAB's tweets, see `DESIGN.md`."""
CLEAR_AFTER_MS = HOUR_MS
_SEVERITY = 1


class VolumeRecord(msgspec.Struct):
    """The channel of one key; `due` is the end (ms) of the five minutes that have texts and are not looked at."""

    state: VolumeState
    due: int | None = None
    id: str | None = None
    raised_at: int = 0
    above_at: int = 0

    def is_waiting(self) -> bool:
        """True when the passing of event time alone can change it."""
        return self.due is not None or self.id is not None


def threshold_of(budget: float) -> float:
    """The score at which so many alerts a day are to be expected of one key: 26 looks a day at 10^-score each."""
    return math.log10(LOOKS_A_DAY / budget)


def note(key: MonitoredKey, record: VolumeRecord | None, minute: int, context: Context) -> VolumeRecord | None:
    """A minute with texts was closed: its five minutes will be looked at when they end. None where nobody asks."""
    if context.watchlists.volume_budget(key) <= 0.0:
        return record if record is not None and record.id is not None else None
    record = record or VolumeRecord(new_volume(minute))
    start = minute // BIN_MS * BIN_MS
    if start >= record.state.next_hour * HOUR_MS and start > max(record.state.bins, default=-1):
        record.due = start + BIN_MS
    return record


def pass_time(
    key: MonitoredKey, record: VolumeRecord, state: KeyState, to: int, context: Context
) -> list[IncidentEvent]:
    """Look at the five minutes that ended until `to` (ms); an alert clears an hour after the last unusual ones."""
    events: list[IncidentEvent] = []
    if record.due is not None and record.due <= to:
        if record.id is not None and record.above_at + CLEAR_AFTER_MS < record.due:
            events.append(_cleared(key, record, record.id, context))
        events += _look(key, record, state, record.due, context)
        record.due = None
    if record.id is not None and record.above_at + CLEAR_AFTER_MS <= to:
        events.append(_cleared(key, record, record.id, context))
    return events


def _look(key: MonitoredKey, record: VolumeRecord, state: KeyState, at: int, context: Context) -> list[IncidentEvent]:
    start = at - BIN_MS
    texts = next((max(each.texts, 0.0) for each in reversed(state.bins) if each.start == start), 0.0)
    score = observe(record.state, start, texts, context.params)
    budget = context.watchlists.volume_budget(key)
    if budget <= 0.0 or score < threshold_of(budget):
        return []
    record.above_at = at
    if record.id is not None:
        return []
    record.id, record.raised_at = f"{key}@{format_iso(at)}/volume", at
    window = max(SCALES) * BIN_MS
    texts = sum(count for begin, count in record.state.bins.items() if begin >= at - window)
    detection = Detection(
        channel="volume",
        score=score,
        p_value=min(LOOKS_A_DAY * 10.0**-score, 1.0),
        threshold=threshold_of(budget),
        observed=texts,
        expected=record.state.expected(at - window, at),
        texts=texts,
        window_minutes=window // MINUTE_MS,
    )
    return [raised(key, detection, context, id=record.id, at=at, severity=_SEVERITY)]


def _cleared(key: MonitoredKey, record: VolumeRecord, id: str, context: Context) -> IncidentCleared:
    record.id = None
    over = record.above_at + CLEAR_AFTER_MS
    return cleared(key, "volume", context, id=id, at=over, raised_at=record.raised_at, severity=_SEVERITY)
