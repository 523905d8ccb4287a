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
    """All incidents. `records` is what is known of each, `steps` what `alerts` says of it, earliest first."""

    def __init__(self) -> None:
        self.records: dict[str, IncidentRecord] = {}
        self.steps: defaultdict[str, list[Happened]] = defaultdict(list)
        self._from_alerts: dict[str, IncidentRecord] = {}
        """Reduced from `alerts` alone."""

    def load(self, record: IncidentRecord) -> None:
        """A record of `incidents`, before any message: it may say what `alerts` holds no more."""
        self.records[record.raised.id] = record

    def apply(self, message: IncidentRaised | IncidentCleared) -> Step | None:
        """The next message of `alerts`; the step that it is, None when it says nothing new."""
        known = reduce_incident(self.records.get(message.id), message)
        if known is None:
            return None
        self.records[message.id] = known
        before = self._from_alerts.get(message.id)
        after = reduce_incident(before, message)
        if after is None or after is before:
            return None
        self._from_alerts[message.id] = after
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
