"""What happened to each incident, from the messages on `alerts` in their order; copies are known by what they say."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal, NamedTuple

from services.domain.incident import reduce_incident
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord

Step = Literal["raised", "escalated", "reopened", "cleared"]


class Happened(NamedTuple):
    """One step of an incident: when (ms of event time), and the severity, score and p-value then."""

    step: Step
    time: int
    severity: int
    score: float
    p_value: float


class History:
    """All incidents. `records` is what is known of each, `steps` what `alerts` tells of it, earliest first."""

    def __init__(self) -> None:
        self.records: dict[str, IncidentRecord] = {}
        self.steps: defaultdict[str, list[Happened]] = defaultdict(list)
        self._told: dict[str, IncidentRecord] = {}
        """Folded from `alerts` alone."""

    def keep(self, record: IncidentRecord) -> None:
        """Take a record of `incidents`, before any message: it may tell of what `alerts` holds no more."""
        self.records[record.raised.id] = record

    def take(self, message: IncidentRaised | IncidentCleared) -> Step | None:
        """Take the next message of `alerts`; the step that it is, None when it says nothing new."""
        known = reduce_incident(self.records.get(message.id), message)
        if known is None:
            return None
        self.records[message.id] = known
        before = self._told.get(message.id)
        after = reduce_incident(before, message)
        if after is None or after is before:
            return None
        self._told[message.id] = after
        step = _step(before, after)
        happened = Happened(step, message.time, message.severity, message.score, message.p_value)
        self.steps[message.id].append(happened)
        return step


def _step(before: IncidentRecord | None, after: IncidentRecord) -> Step:
    if before is None:
        return "raised"
    if after.cleared is not None:
        return "cleared"
    return "escalated" if before.cleared is None else "reopened"
