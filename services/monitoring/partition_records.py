"""What a partition of `opinions.by_key` holds: followed keys, logged texts, what they share, how far time is."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from services.detector.key_record import KeyRecord
from services.detector.opinion import Opinion
from services.detector.shared import DailyAggregate, SharedStatistics
from services.domain.event_time import MINUTE_MS


class StoredKey(KeyRecord, omit_defaults=True):
    """A followed key as it lies in the table: without the texts of its open minutes, which are logged by themselves."""

    put: int = 0
    """How many texts the key had when this was written."""
    open: list[int] = msgspec.field(default_factory=list)
    """The numbers of those whose minute was open then."""
    at: int | None = None
    """How far event time was then (ms)."""


class LoggedText(msgspec.Struct, frozen=True):
    """A text that the record of its key lacks, and where its raw record was (None outside of a stream)."""

    partition: int
    origin: str | None
    offset: int
    opinion: Opinion
    applied: int | None = None
    """How far event time was when it was put (ms)."""

    @property
    def minute(self) -> int:
        """The start of its minute (ms)."""
        return self.opinion.time // MINUTE_MS * MINUTE_MS


class TimeRecord(msgspec.Struct, omit_defaults=True):
    """How far event time of one partition is, in ms. Each watermark writes it, so it is small and by itself."""

    applied: int | None = None
    """All before it is applied."""
    heard: dict[str, int] = msgspec.field(default_factory=dict)
    """The latest time heard of each raw partition."""
    idle: list[str] = msgspec.field(default_factory=list)
    """The raw partitions that are idle."""


class PartitionRecord(msgspec.Struct):
    """What one partition knows of all keys. Days since 1970 (UTC)."""

    shared: SharedStatistics = msgspec.field(name="pool", default_factory=SharedStatistics)
    last_days: dict[int, int] = msgspec.field(name="heard", default_factory=dict)
    """The last day of which the aggregate of each partition came."""
    aggregates: dict[int, dict[int, DailyAggregate]] = msgspec.field(name="sums", default_factory=dict)
    """Those that wait to be applied: day -> partition -> aggregate."""

    def receive(self, aggregate: DailyAggregate) -> bool:
        """Note the aggregate of a partition; False when it was noted before."""
        if aggregate.day <= self.last_days.get(aggregate.partition, -1):
            return False
        self.last_days[aggregate.partition] = aggregate.day
        self.aggregates.setdefault(aggregate.day, {})[aggregate.partition] = aggregate
        return True

    def is_complete(self, day: int, partitions: int) -> bool:
        """True when the aggregates of a day have come from all `partitions`."""
        return all(self.last_days.get(partition, -1) >= day for partition in range(partitions))

    def take(self, until: int) -> Iterator[tuple[int, list[DailyAggregate]]]:
        """The days up to `until` that are not applied, in order, each with what came of it."""
        known = self.shared.day
        first = min(self.aggregates, default=until) if known is None else known + 1
        for day in range(first, until + 1):
            found = self.aggregates.pop(day, {})
            yield day, [found[partition] for partition in sorted(found)]
