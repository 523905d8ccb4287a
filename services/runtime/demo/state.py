"""What the demo shows, counted from the messages on the topics; pure: wall time is an argument (seconds)."""

from __future__ import annotations

from collections import Counter, deque

from services.domain.event_time import DAY_MS
from services.domain.incident import reduce_incident
from services.domain.key import KeyKind, MonitoredKey
from services.domain.messages import (
    DeadLetter,
    IncidentCleared,
    IncidentRaised,
    IncidentRecord,
    Message,
    Origin,
    ScoredText,
)

WINDOW_MS = 7 * DAY_MS
"""Event time over which sentiment is shown."""
RATE_SECONDS = 5.0

Sentiments = tuple[int, int, int]
"""Texts that are mostly negative, neutral, positive."""


class DemoState:
    """Takes each message once; a copy of any (sent again after a crash) changes nothing."""

    def __init__(self) -> None:
        self.clock = 0
        """The latest event time seen (ms)."""
        self.incidents: dict[str, IncidentRecord] = {}
        """By id."""
        self.raises: list[IncidentRaised] = []
        """Raises and escalations in the order in which they came."""
        self._scored: set[str] = set()
        self._dead: set[tuple[str, Origin | bytes]] = set()
        self._arrivals: deque[float] = deque()
        self._window: deque[tuple[int, int, tuple[MonitoredKey, ...]]] = deque()
        self._totals: dict[MonitoredKey, Counter[int]] = {}

    @property
    def scored(self) -> int:
        """Different texts scored."""
        return len(self._scored)

    @property
    def dead(self) -> int:
        """Different records dead-lettered on their way to a score."""
        return len(self._dead)

    def see(self, message: Message, wall: float) -> None:
        """Take one message of `opinions.scored`, `opinions.dead` or `alerts`."""
        match message:
            case ScoredText():
                self._see_text(message, wall)
            case DeadLetter() if message.stage != "monitoring":
                self._dead.add((message.stage, message.origin or message.payload))
            case IncidentRaised() | IncidentCleared():
                self._see_incident(message)

    def rate(self, wall: float) -> float:
        """Texts a second over the last seconds."""
        while self._arrivals and self._arrivals[0] < wall - RATE_SECONDS:
            self._arrivals.popleft()
        return len(self._arrivals) / RATE_SECONDS

    def most(self, kind: KeyKind, count: int) -> list[tuple[str, Sentiments]]:
        """The most talked-about `company` or `topic` ids of the window with their sentiments, most first."""
        found = [(key.entity, totals) for key, totals in self._totals.items() if key.kind == kind]
        found.sort(key=lambda pair: (-pair[1].total(), pair[0]))
        return [(entity, (t[0], t[1], t[2])) for entity, t in found[:count]]

    def latest_incidents(self) -> list[IncidentRecord]:
        """The incidents, newest first."""
        records = self.incidents.values()
        return sorted(records, key=lambda record: (record.first_at, record.raised.id), reverse=True)

    def worst_incident(self) -> IncidentRecord | None:
        """The most severe one; of several the least likely, then the one with the highest score."""
        records = self.incidents.values()
        return max(records, key=lambda r: (r.raised.severity, -r.raised.p_value, r.raised.score), default=None)

    def _see_incident(self, message: IncidentRaised | IncidentCleared) -> None:
        before = self.incidents.get(message.id)
        record = reduce_incident(before, message)
        if record is None or record is before:
            return
        self.incidents[message.id] = record
        if isinstance(message, IncidentRaised):
            self.raises.append(message)

    def _see_text(self, text: ScoredText, wall: float) -> None:
        if text.event_id in self._scored:
            return
        self._scored.add(text.event_id)
        self._arrivals.append(wall)
        self.clock = max(self.clock, text.published_at)
        leading = max(range(3), key=lambda index: text.sentiment[index])
        companies = [MonitoredKey.of_company(company.id) for company in text.companies]
        keys = (*companies, *map(MonitoredKey.of_topic, text.topics))
        self._window.append((text.published_at, leading, keys))
        for key in keys:
            self._totals.setdefault(key, Counter())[leading] += 1
        while self._window and self._window[0][0] < self.clock - WINDOW_MS:
            _, old, old_keys = self._window.popleft()
            for key in old_keys:
                self._totals[key][old] -= 1
                if not self._totals[key].total():
                    del self._totals[key]
