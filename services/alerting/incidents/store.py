"""All incidents that matter now, in memory: those that are open, and the last ones that were cleared."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from services.domain.incident import is_open, reduce_incident
from services.domain.messages import Channel, IncidentCleared, IncidentRaised, IncidentRecord

MOST_CLEARED = 10_000
"""Cleared incidents that are remembered, so that a copy says nothing new, and a reopening goes on with its record."""


class IncidentChange(NamedTuple):
    """A message on `alerts` and the record that it led to; not `new` when it said nothing new.

    `time` is that of the message's Kafka record (ms); it is an IncidentRaised where `raised` is set.
    """

    record: IncidentRecord
    offset: int
    time: int
    raised: bool
    new: bool


class IncidentStore:
    """Starts from the records of `incidents`, the latest of an incident last."""

    def __init__(self, records: Iterable[IncidentRecord] = ()) -> None:
        self.open: dict[str, IncidentRecord] = {}
        self._cleared: OrderedDict[str, IncidentRecord] = OrderedDict()
        self._counts: Counter[tuple[str, Channel]] = Counter()
        self._market_wide: Counter[str] = Counter()
        for record in records:
            self._put(record)

    def apply(self, message: IncidentRaised | IncidentCleared, offset: int, time: int) -> IncidentChange | None:
        """Reduce one more message; None when it is the end of what is not known."""
        known = self.open.get(message.id) or self._cleared.get(message.id)
        record = reduce_incident(known, message)
        if record is None:
            return None
        if record is not known:
            self._put(record)
        return IncidentChange(record, offset, time, isinstance(message, IncidentRaised), record is not known)

    def open_of(self, kind: str) -> list[IncidentRecord]:
        """The open incidents of a kind."""
        return [record for record in self.open.values() if record.raised.kind == kind]

    def count(self, kind: str, channels: Iterable[Channel]) -> int:
        """How many incidents of a kind and of these channels are open."""
        return sum(self._counts[kind, channel] for channel in channels)

    def is_market_wide(self, kind: str) -> bool:
        """Whether a market-wide incident about this kind is open."""
        return self._market_wide[kind] > 0

    def _put(self, record: IncidentRecord) -> None:
        incident = record.raised.id
        before = self.open.pop(incident, None)
        self._cleared.pop(incident, None)
        if before is not None:
            self._count(before, -1)
        if is_open(record):
            self.open[incident] = record
            self._count(record, 1)
            return
        self._cleared[incident] = record
        if len(self._cleared) > MOST_CLEARED:
            self._cleared.popitem(last=False)

    def _count(self, record: IncidentRecord, by: int) -> None:
        raised = record.raised
        self._counts[raised.kind, raised.channel] += by
        if raised.channel == "market":
            self._market_wide[raised.entity] += by
