"""Incidents and messages as JSON objects: those of `services.domain.incident_json`, and what a stream adds to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.alerting.incidents.history import Happened, Step
from services.domain.incident import is_open, reduce_incidents
from services.domain.incident_json import incident_json
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import Evidence, IncidentCleared, IncidentRaised, IncidentRecord

Json = dict[str, Any]


def listed_json(record: IncidentRecord, times: LocalTime = IN_UTC) -> Json:
    """One incident, whether it is open, and `cleared_at` or null."""
    cleared_at = None if record.cleared is None else times.iso(record.cleared.time)
    return incident_json(record, times) | {"open": is_open(record), "cleared_at": cleared_at}


def detail_json(record: IncidentRecord, steps: Sequence[Happened], times: LocalTime = IN_UTC) -> Json:
    """`listed_json` with the timeline, whole evidence (sentiment, reach, source, pieces) and the history."""
    return listed_json(record, times) | {
        "timeline": list(record.raised.timeline),
        "evidence": [_evidence(one, times) for one in record.raised.evidence],
        "history": [_happened(each, times) for each in steps],
    }


def message_json(step: Step, message: IncidentRaised | IncidentCleared, times: LocalTime = IN_UTC) -> Json:
    """One message of `alerts` and the step that it is; `time` is its own."""
    if isinstance(message, IncidentRaised):
        (alone,) = reduce_incidents([message])
        return {"step": step} | incident_json(alone, times)
    return {
        "step": step,
        "id": message.id,
        "channel": message.channel,
        "kind": message.kind,
        "entity": message.entity,
        "name": message.name,
        "time": times.iso(message.time),
        "raised_at": times.iso(message.raised_at),
        "severity": message.severity,
        "score": round(message.score, 4),
        "p_value": _figures(message.p_value),
    }


def _evidence(one: Evidence, times: LocalTime) -> Json:
    fields: Json = msgspec.to_builtins(one)
    return fields | {
        "time": times.iso(one.time),
        "negative": round(one.negative, 4),
        "because": msgspec.to_builtins(list(one.highlights)),
    }


def _happened(each: Happened, times: LocalTime) -> Json:
    return each._asdict() | {
        "time": times.iso(each.time),
        "score": round(each.score, 4),
        "p_value": _figures(each.p_value),
    }


def _figures(p_value: float) -> float:
    return float(f"{p_value:.4g}")
