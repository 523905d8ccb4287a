"""What the processor of a partition asks its caller to do."""

from __future__ import annotations

from typing import NamedTuple

from services.detector.incident_events import IncidentEvent
from services.detector.key_record import KeyRecord
from services.detector.shared import DailyAggregate
from services.domain.key import MonitoredKey


class KeyUpdate(NamedTuple):
    """A record that changed, and the messages to send before it is stored."""

    key: MonitoredKey
    record: KeyRecord
    events: list[IncidentEvent]


Step = KeyUpdate | DailyAggregate
"""Send incidents and store the record, or send the aggregate of a day to every partition."""
