"""What a run is measured against: labelled events or, without them, the incidents of the most generous run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.backtest.events import TO_FIND, Event
from services.backtest.incidents import of_surges
from services.domain.event_time import DAY_MS
from services.domain.incident import key_of
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentRecord

GRACE_MS = DAY_MS
"""An incident that is raised so long after the end of an event still belongs to it."""
LEAST_SEVERITY = 2
"""Without labelled events, the incidents of at least this severity are what should be seen."""


@dataclass(frozen=True, slots=True)
class DetectionWindow:
    """Seen when an incident of `key` is raised from `since` to before `until`; the delay counts from `start` (ms)."""

    key: MonitoredKey
    since: float
    start: int
    until: float

    def holds(self, record: IncidentRecord) -> bool:
        """Whether an incident was raised within it."""
        return key_of(record.raised) == self.key and self.since <= record.first_at < self.until


@dataclass(frozen=True, slots=True)
class Reference:
    """What should be seen, and what should not; `labelled` when it comes from events and not from a run."""

    wanted: Sequence[DetectionWindow]
    unwanted: Sequence[DetectionWindow]
    labelled: bool


def reference_of_events(events: Iterable[Event], start: int, end: int) -> Reference:
    """Those of the labelled events that begin within the time looked at (ms)."""
    within = [event for event in events if start <= event.start <= end]
    return Reference(
        wanted=[_window(event) for event in within if event.label == TO_FIND],
        unwanted=[_window(event) for event in within if event.label != TO_FIND],
        labelled=True,
    )


def reference_of_incidents(records: Iterable[IncidentRecord]) -> Reference:
    """The more severe incidents of the most generous run, each from the end of the one before it to its own end."""
    wanted = []
    free_since: dict[MonitoredKey, float] = {}
    for record in of_surges(records):
        key = key_of(record.raised)
        until = math.inf if record.cleared is None else record.cleared.time
        if record.raised.severity >= LEAST_SEVERITY:
            wanted.append(DetectionWindow(key, free_since.get(key, -math.inf), record.first_at, until))
        free_since[key] = until
    return Reference(wanted, (), labelled=False)


def _window(event: Event) -> DetectionWindow:
    return DetectionWindow(event.key, event.start, event.start, event.end + GRACE_MS)
