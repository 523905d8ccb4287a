"""Alerts as people and files see them: one JSON object an incident, the same from `backtest` and from the stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from services.domain.event_time import format_iso
from services.domain.messages import Channel, IncidentCleared, IncidentRaised

CHANNELS: dict[Channel, str] = {
    "negative": "negative 负面",
    "volume": "volume 热度",
    "rule": "rule 规则",
    "market": "market-wide 全市场",
}
"""What an alert is about, in front of people."""


def alert_record(raised: IncidentRaised) -> dict[str, Any]:
    """One alert as `{id, kind, entity, name, time, severity, score, observed, expected, evidence}`, times in ISO 8601.

    `observed` and `expected` are weighted negative texts within the window that raised it.
    """
    return {
        "id": raised.id,
        "channel": raised.channel,
        "rule": raised.rule,
        "kind": raised.kind,
        "entity": raised.entity,
        "name": raised.name,
        "time": format_iso(raised.time),
        "severity": raised.severity,
        "score": round(raised.score, 4),
        "p_value": float(f"{raised.p_value:.4g}"),
        "raise_at": round(raised.threshold, 4),
        "watchlists": list(raised.watchlists),
        "quiet": raised.quiet,
        "observed": round(raised.observed, 3),
        "expected": round(raised.expected, 3),
        "texts": round(raised.texts, 3),
        "window_minutes": raised.window_minutes,
        "provisional": raised.provisional,
        "evidence": [{"id": e.id, "text": e.text, "time": format_iso(e.time)} for e in raised.evidence],
    }


def merge_alerts(messages: Iterable[IncidentRaised | IncidentCleared]) -> list[dict[str, Any]]:
    """Fold repeats and escalations of the same incident into one record each, ordered by time and id.

    The first raise gives the time; the latest revision gives everything else, but for score and p-value: they are the
    most extreme of the incident, which is known once it is cleared. Copies change nothing.
    """
    first_time: dict[str, int] = {}
    latest: dict[str, IncidentRaised] = {}
    extreme: dict[str, tuple[float, float]] = {}
    for message in messages:
        p_value, score = extreme.get(message.id, (1.0, 0.0))
        extreme[message.id] = min(p_value, message.p_value), max(score, message.score)
        if isinstance(message, IncidentCleared):
            continue
        first_time[message.id] = min(first_time.get(message.id, message.time), message.time)
        known = latest.get(message.id)
        if known is None or message.revision > known.revision:
            latest[message.id] = message
    records = []
    for message in latest.values():
        p_value, score = extreme[message.id]
        merged = msgspec.structs.replace(message, time=first_time[message.id], p_value=p_value, score=score)
        records.append(alert_record(merged))
    return sorted(records, key=lambda record: (record["time"], record["id"]))
