"""The volume channel: incidents of unusual volume of one key, of any sentiment, where a watchlist asks for them."""

from __future__ import annotations

import math

from services.detector.context import Context
from services.detector.incident_events import Detection, IncidentEvent, cleared, raised
from services.detector.key_record import KeyRecord
from services.detector.params import BIN_MS
from services.detector.state import KeyState
from services.detector.volume.record import VolumeRecord
from services.detector.volume.score import observe
from services.detector.volume.state import SCALES, new_volume
from services.domain.event_time import HOUR_MS, MINUTE_MS, format_iso
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared

LOOKS_A_DAY = 26.0
"""Independent looks in a day of five-minute bins whose windows overlap; measured on NAB's tweets (decision 0011)."""
CLEAR_AFTER_MS = HOUR_MS
_SEVERITY = 1


def threshold_of(budget: float) -> float:
    """The score at which so many alerts a day are to be expected of one key: 26 looks a day at 10^-score each."""
    return math.log10(LOOKS_A_DAY / budget)


def apply_minute(key: MonitoredKey, record: KeyRecord, minute: int, context: Context) -> list[IncidentEvent]:
    """A minute with texts is closed (`minute` in ms, its start): its five minutes are looked at when they end.

    Where nobody asks for it any more, what is held goes once no incident is open.
    """
    events = advance(key, record, minute, context)
    if context.watchlists.volume_budget(key) <= 0.0:
        if record.volume is not None and record.volume.id is None:
            record.volume = None
        return events
    volume = record.volume = record.volume or VolumeRecord(new_volume(minute))
    start = minute // BIN_MS * BIN_MS
    if start >= volume.state.next_hour * HOUR_MS and start > max(volume.state.bins, default=-1):
        volume.due = start + BIN_MS
    return events


def advance(key: MonitoredKey, record: KeyRecord, to: int, context: Context) -> list[IncidentEvent]:
    """Let event time run to `to` (ms): the five minutes that ended are looked at, an incident clears an hour after the
    last unusual ones. The texts are those of the bins that the negative channel weighs.
    """
    volume, state = record.volume, record.state
    if volume is None or state is None:
        return []
    events: list[IncidentEvent] = []
    if volume.due is not None and volume.due <= to:
        if volume.id is not None and volume.above_at + CLEAR_AFTER_MS < volume.due:
            events.append(_cleared(key, volume, volume.id, context))
        events += _look(key, volume, state, volume.due, context)
        volume.due = None
    if volume.id is not None and volume.above_at + CLEAR_AFTER_MS <= to:
        events.append(_cleared(key, volume, volume.id, context))
    return events


def _look(key: MonitoredKey, volume: VolumeRecord, state: KeyState, at: int, context: Context) -> list[IncidentEvent]:
    start = at - BIN_MS
    texts = next((max(each.texts, 0.0) for each in reversed(state.bins) if each.start == start), 0.0)
    score = observe(volume.state, start, texts, context.params)
    budget = context.watchlists.volume_budget(key)
    if budget <= 0.0 or score < threshold_of(budget):
        return []
    volume.above_at = at
    if volume.id is not None:
        return []
    volume.id, volume.raised_at = f"{key}@{format_iso(at)}/volume", at
    detection = _detection(volume, score, threshold_of(budget), at)
    return [raised(key, detection, context, id=volume.id, at=at, severity=_SEVERITY)]


def _detection(volume: VolumeRecord, score: float, threshold: float, at: int) -> Detection:
    """All texts of the longest window that ends at `at` (ms)."""
    window = max(SCALES) * BIN_MS
    texts = sum(count for start, count in volume.state.bins.items() if start >= at - window)
    return Detection(
        channel="volume",
        score=score,
        p_value=min(LOOKS_A_DAY * 10.0**-score, 1.0),
        threshold=threshold,
        observed=texts,
        expected=volume.state.expected(at - window, at),
        texts=texts,
        window_minutes=window // MINUTE_MS,
    )


def _cleared(key: MonitoredKey, volume: VolumeRecord, id: str, context: Context) -> IncidentCleared:
    volume.id = None
    over = volume.above_at + CLEAR_AFTER_MS
    return cleared(key, "volume", context, id=id, at=over, raised_at=volume.raised_at, severity=_SEVERITY)
