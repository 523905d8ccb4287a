"""Incidents as files and scripts see them: one JSON object each, the same from `backtest`, the demo and the stream."""

from __future__ import annotations

from typing import Any

from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import Channel, IncidentRecord

CHANNELS: dict[Channel, str] = {
    "negative": "negative 负面",
    "volume": "volume 热度",
    "rule": "rule 规则",
    "market": "market-wide 全市场",
}
"""What an alert is about, in front of people."""


def incident_json(record: IncidentRecord, times: LocalTime = IN_UTC) -> dict[str, Any]:
    """`{id, channel, kind, entity, name, time, severity, score, observed, expected, evidence, …}`, times in ISO 8601.

    `time` is that of the first raise, `score` and `p_value` are the most extreme of the incident; the latest raise
    gives all else. `observed` and `expected` are weighted negative texts within the window that raised it.
    """
    raised = record.raised
    return {
        "id": raised.id,
        "channel": raised.channel,
        "rule": raised.rule,
        "kind": raised.kind,
        "entity": raised.entity,
        "name": raised.name,
        "time": times.iso(record.first_at),
        "severity": raised.severity,
        "score": round(record.score, 4),
        "p_value": float(f"{record.p_value:.4g}"),
        "raise_at": round(raised.threshold, 4),
        "watchlists": list(raised.watchlists),
        "quiet": raised.quiet,
        "observed": round(raised.observed, 3),
        "expected": round(raised.expected, 3),
        "texts": round(raised.texts, 3),
        "window_minutes": raised.window_minutes,
        "provisional": raised.provisional,
        "evidence": [{"id": e.id, "text": e.text, "time": times.iso(e.time)} for e in raised.evidence],
    }
