"""Alerts as people and files see them: one JSON object an incident, the same from `backtest` and from the stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.common.clock import format_iso
from services.common.messages import SpikeRaised


def alert_record(raised: SpikeRaised) -> dict[str, Any]:
    """One alert as `{id, kind, entity, name, time, severity, score, observed, expected, evidence}`, times in ISO 8601.

    `observed` and `expected` are weighted negative texts within the window that raised it.
    """
    return {
        "id": raised.id,
        "kind": raised.kind,
        "entity": raised.entity,
        "name": raised.name,
        "time": format_iso(raised.time),
        "severity": raised.severity,
        "score": round(raised.score, 4),
        "observed": round(raised.observed, 3),
        "expected": round(raised.expected, 3),
        "texts": round(raised.texts, 3),
        "window_minutes": raised.window_minutes,
        "provisional": raised.provisional,
        "evidence": [{"id": e.id, "text": e.text, "time": format_iso(e.time)} for e in raised.evidence],
    }


def merge_alerts(messages: Iterable[SpikeRaised]) -> list[dict[str, Any]]:
    """Fold repeats and escalations of the same incident into one record each, ordered by time and id.

    The first raise gives the time; the latest revision gives everything else. Copies change nothing.
    """
    first_time: dict[str, int] = {}
    latest: dict[str, SpikeRaised] = {}
    for message in messages:
        first_time[message.id] = min(first_time.get(message.id, message.time), message.time)
        known = latest.get(message.id)
        if known is None or message.revision > known.revision:
            latest[message.id] = message
    records = [alert_record(m) | {"time": format_iso(first_time[m.id])} for m in latest.values()]
    return sorted(records, key=lambda record: (record["time"], record["id"]))
