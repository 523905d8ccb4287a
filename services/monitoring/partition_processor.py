"""The keys of one partition of `opinions.by_key`: texts and watermarks in, changed records and incidents out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, MutableMapping

from services.detector.aggregate import aggregate_day
from services.detector.close_minutes import close_minutes
from services.detector.context import Context
from services.detector.days import boundaries, start_of_day
from services.detector.incident_events import IncidentEvent
from services.detector.key_record import KeyRecord, origin_name, put_text, was_applied
from services.detector.shared import DailyAggregate
from services.domain.event_time import DAY_MS, MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import KeyedText, PartitionIdle, WatermarkUpdate
from services.kafka.crash_notes import RecordsAtFault
from services.monitoring.open_key import OpenKey
from services.monitoring.partition_records import TimeRecord
from services.monitoring.partition_table import FollowedKey, PartitionTable, put_back
from services.monitoring.steps import KeyUpdate, Step
from services.monitoring.watermark import Watermark
from services.watchlists.model import Watchlists

UNSAVED_KEYS = 500
"""Keys in memory at most whose records in the table lack closed minutes."""


class PartitionProcessor:
    """One partition of `partitions`. `table` maps a key to its packed record; only keys that time can change are
    looked at, and all of them once a day of event time.

    The record of a key is not written with every minute: what the table holds instead are its texts, which are applied
    again after a restart, each at the point of event time at which it was put. So a record is written before anything
    changes that closing a minute depends on: what keys share, and what watchlists ask for.

    What keys share comes from all partitions. A processor that lacks the aggregates of a day stands still at the point
    at which they apply (`blocked`): then its caller holds back what comes after, but gives it the aggregates.
    """

    def __init__(
        self,
        partition: int,
        partitions: int,
        table: MutableMapping[bytes, bytes],
        watermark: Watermark,
        context: Context,
        lateness_ms: int,
    ) -> None:
        self.partition = partition
        self.watermark = watermark
        self.context = context
        self.blocked = False
        self.key_counts: Counter[str] = Counter()
        """How many records there are of each kind of key."""
        self._partitions = partitions
        self._table = PartitionTable(table, partition)
        self._lateness_ms = lateness_ms
        self._keys: set[MonitoredKey] = set()
        self._active: dict[MonitoredKey, OpenKey] = {}
        self._unsaved: dict[MonitoredKey, OpenKey] = {}
        """Those whose records lack something, the longest first."""
        self._replayed: deque[KeyUpdate] = deque()
        """Keys in whose restored texts incidents were found, which a crash may have kept from being sent."""
        self._target = 0
        self._watchlists = context.watchlists
        self._record = self._table.partition_record()
        context.shared = self._record.shared
        time = self._table.time_record()
        self.applied_watermark = time.applied
        watermark.restore(time.heard, time.idle)
        quiet, changing = self._table.followed()
        for key in quiet:
            self._count(key)
        for followed in changing:
            self._restore(followed)

    def put(self, keyed: KeyedText) -> bool:
        """Put a text into its key's record; False when it is too late for detection (it is left out)."""
        key = MonitoredKey.parse(keyed.key)
        held = self._key(key)
        if was_applied(held.record, keyed.text):
            return True
        if self._is_late(keyed.text.published_at):
            return False
        put_text(held.record, key, keyed.text)
        self._table.log(key, held, keyed.text, self.applied_watermark)
        self._register(key, held)
        return True

    def follow(self, watchlists: Watchlists) -> None:
        """Follow what these watchlists name from the next step on: records whose incidents are on their way first."""
        self._watchlists = watchlists

    def advance(self, update: WatermarkUpdate | PartitionIdle) -> Iterator[Step]:
        """Move the watermark. The caller does each step before it asks for the next one."""
        origin = origin_name(update.origin)
        if isinstance(update, WatermarkUpdate):
            self.watermark.observe(origin, update.time)
        else:
            self.watermark.leave_out(origin)
        value = self.watermark.value()
        if value is None:
            self._store_time()
            return
        if self.applied_watermark is None:
            yield self._begin(value)
        self._target = value
        yield from self.resume()

    def receive(self, aggregate: DailyAggregate) -> None:
        """Note the aggregate of a day of one partition; `resume` goes on if it was waited for."""
        if self._record.receive(aggregate):
            self._table.store_partition_record(self._record)

    def resume(self) -> Iterator[Step]:
        """Go on to where the watermark stands, day by day."""
        while self._replayed:
            yield self._replayed.popleft()
        if self._watchlists is not self.context.watchlists:
            self._save_all()
            self.context.watchlists = self._watchlists
        after, target = self.applied_watermark, self._target
        if after is None:
            return
        self.blocked = False
        for boundary in boundaries(after, target):
            yield from self._close_minutes(boundary.time)
            if boundary.does == "aggregate":
                yield self._aggregate(boundary.day)
            elif not self._learn(boundary.day):
                self.blocked = True
                break
            self.applied_watermark = boundary.time
            self._store_time()
        if target > after and not self.blocked:
            yield from self._close_minutes(target)
            self.applied_watermark = target
        self._store_time()

    def store(self, update: KeyUpdate) -> None:
        """Take up a record whose incidents were delivered: write it if there were any, or if it is time to."""
        key, held = update.key, update.held
        if update.events or held.is_to_be_written():
            self._save(key)
        elif len(self._unsaved) > UNSAVED_KEYS and not self._replayed:
            self._save(next(iter(self._unsaved)))
        if not held.record.is_active():
            self._active.pop(key, None)

    def _save(self, key: MonitoredKey) -> None:
        self._table.save(key, self._unsaved.pop(key), self.applied_watermark)

    def _save_all(self) -> None:
        for key in list(self._unsaved):
            self._save(key)

    def _restore(self, followed: FollowedKey) -> None:
        """Take a key from the table, and close the minutes of the texts that its record lacks as they were closed."""
        key, held, at, later = followed
        events: list[IncidentEvent] = []
        for number, text in later:
            if text.applied != at:
                events += self._close(key, held, text.applied)
                at = text.applied
            put_back(held, number, text)
        if self.applied_watermark != at:
            events += self._close(key, held, self.applied_watermark)
        if events:
            self._replayed.append(KeyUpdate(key, held, events))
        self._register(key, held)

    def _close(self, key: MonitoredKey, held: OpenKey, watermark: int | None) -> list[IncidentEvent]:
        """What is found in the minutes of a key that end by `watermark` (ms).

        :raises RecordsAtFault: when one cannot be closed; its texts are to blame.
        """
        if watermark is None or not _is_due(held.record, watermark):
            return []
        try:
            events = close_minutes(key, held.record, watermark, self.context)
        except Exception as error:
            closed = [minute for minute in held.numbers if minute not in held.record.minutes]
            if not closed:
                raise
            raise RecordsAtFault(self._table.logged(key, held.numbers[max(closed)])) from error
        held.close()
        self._unsaved.setdefault(key, held)
        return events

    def _key(self, key: MonitoredKey) -> OpenKey:
        return self._active.get(key) or self._unsaved.get(key) or self._table.find(key)

    def _register(self, key: MonitoredKey, held: OpenKey) -> None:
        self._count(key)
        if held.record.is_active():
            self._active[key] = held

    def _count(self, key: MonitoredKey) -> None:
        if key not in self._keys:
            self._keys.add(key)
            self.key_counts[key.kind] += 1

    def _begin(self, value: int) -> DailyAggregate:
        """Start at midnight of the first text, and say to all that there is nothing before."""
        first = min((minute for held in self._active.values() for minute in held.record.minutes), default=value)
        self.applied_watermark = start_of_day(min(first, value))
        day = self.applied_watermark // DAY_MS - 1
        return DailyAggregate(partition=self.partition, day=day, kinds={}, peaks={}, keys={}, watched={})

    def _close_minutes(self, watermark: int) -> Iterator[KeyUpdate]:
        for key in sorted(self._active):
            held = self._active[key]
            if _is_due(held.record, watermark):
                yield KeyUpdate(key, held, self._close(key, held, watermark))

    def _aggregate(self, day: int) -> DailyAggregate:
        records = ((key, self._key(key).record.state) for key in sorted(self._keys))
        known = ((key, state) for key, state in records if state is not None)
        return aggregate_day(self.partition, day, known, self.context)

    def _learn(self, day: int) -> bool:
        """Apply the aggregates of all days up to `day`; False when those of some partition have not come."""
        if not self._record.is_complete(day, self._partitions):
            return False
        self._save_all()
        for each, aggregates in self._record.take(day):
            self.context.learn(each, aggregates)
        self._table.store_partition_record(self._record)
        return True

    def _store_time(self) -> None:
        self._table.store_time_record(TimeRecord(self.applied_watermark, self.watermark.times(), self.watermark.idle()))

    def _is_late(self, time: int) -> bool:
        return self.applied_watermark is not None and time < self.applied_watermark - self._lateness_ms


def _is_due(record: KeyRecord, watermark: int) -> bool:
    """True when event time up to `watermark` (ms) closes a minute, or can change the record by itself."""
    return record.is_waiting() or any(minute + MINUTE_MS <= watermark for minute in record.minutes)
