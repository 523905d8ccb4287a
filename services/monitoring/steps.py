"""What the processor of a partition asks its caller to do."""

from __future__ import annotations

from typing import NamedTuple

from services.detector.incident_events import IncidentEvent
from services.detector.shared import DailyAggregate
from services.domain.key import MonitoredKey
from services.monitoring.open_key import OpenKey


class KeyUpdate(NamedTuple):
    """A key whose record may have changed, and the messages to send before it is stored."""

    key: MonitoredKey
    held: OpenKey
    events: list[IncidentEvent]


Step = KeyUpdate | DailyAggregate
"""Send incidents and store the record, or send the aggregate of a day to every partition."""
