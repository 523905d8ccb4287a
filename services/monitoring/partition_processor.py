"""The records of one partition of `opinions.by_key`: mentions and progress in, changed records and alerts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, MutableMapping
from typing import NamedTuple

import msgspec

from services.detector.context import Context
from services.detector.days import boundaries, start_of_day
from services.detector.key_record import (
    KeyRecord,
    PartitionRecord,
    TimeRecord,
    accept,
    applied,
    close_minutes,
    origin_name,
)
from services.detector.shared import DailyAggregate, sum_up
from services.domain.event_time import DAY_MS, MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, KeyedText, WatermarkUpdate
from services.monitoring.watermark import Watermark

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(KeyRecord)
_partition_decoder = msgspec.msgpack.Decoder(PartitionRecord)
_time_decoder = msgspec.msgpack.Decoder(TimeRecord)

#: A `WatermarkUpdate` of no raw partition: "look at the watermark again", sent when silent partitions are left out.
TICK_TOPIC = ""
PARTITION_PREFIX = b"partition/"
TIME_PREFIX = b"time/"
"""Table keys of the records of partitions; all others are followed keys."""


class KeyUpdate(NamedTuple):
    """A record that changed, and the alerts to send before it is kept."""

    key: MonitoredKey
    record: KeyRecord
    alerts: list[IncidentRaised | IncidentCleared]


Step = KeyUpdate | DailyAggregate
"""What to do next: send alerts and keep the record, or send the sums of a day to every partition."""


def pack(record: KeyRecord | PartitionRecord | TimeRecord) -> bytes:
    """A record as it lies in the table."""
    return _encoder.encode(record)


def unpack(data: bytes) -> KeyRecord:
    """The record of a key back."""
    return _decoder.decode(data)


class PartitionProcessor:
    """One partition of `partitions`. `table` maps a key to its packed record; only keys that time can change are
    looked at, and all of them once a day of event time.

    What keys share comes from all partitions. A keeper that lacks the sums of a day stands still at the point at which
    they apply (`blocked`): then its caller holds back what comes after, but gives it the sums.
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
        self.keys: Counter[str] = Counter()
        """How many records there are of each kind of key."""
        self._partitions = partitions
        self._table = table
        self._lateness_ms = lateness_ms
        number = str(partition).encode()
        self._shared_name, self._time_name = PARTITION_PREFIX + number, TIME_PREFIX + number
        self._active: set[MonitoredKey] = set()
        self._own: set[MonitoredKey] = set()
        self._target = 0
        data = table.get(self._shared_name)
        self._shared = PartitionRecord() if data is None else _partition_decoder.decode(data)
        context.pool = self._shared.pool
        data = table.get(self._time_name)
        time = TimeRecord() if data is None else _time_decoder.decode(data)
        self.applied_watermark = time.applied
        watermark.restore(time.heard)
        for name, packed in list(table.items()):
            if not name.startswith((PARTITION_PREFIX, TIME_PREFIX)):
                self._found(MonitoredKey.parse(name.decode()), unpack(packed))

    def _found(self, key: MonitoredKey, record: KeyRecord) -> None:
        if record.partition == self.partition:
            self._own.add(key)
            self.keys[key.kind] += 1
            if record.is_active():
                self._active.add(key)

    def mention(self, mention: KeyedText) -> bool:
        """Put a text into its key's record; False when it is too late for detection (it is left out)."""
        key = MonitoredKey.parse(mention.key)
        data = self._table.get(mention.key.encode())
        record = KeyRecord(partition=self.partition) if data is None else unpack(data)
        if applied(record, mention.text):
            return True
        if self._is_late(mention.text.published_at):
            return False
        if data is None:
            self._own.add(key)
            self.keys[key.kind] += 1
        accept(record, key, mention.text)
        self._active.add(key)
        self._table[mention.key.encode()] = pack(record)
        return True

    def progress(self, progress: WatermarkUpdate, wall: float) -> Iterator[Step]:
        """Move the watermark. The caller does each step before it asks for the next one."""
        if progress.origin.topic != TICK_TOPIC:
            self.watermark.observe(origin_name(progress.origin), progress.time, wall)
        value = self.watermark.value(wall)
        if value is None:
            self._keep_time()
            return
        if self.applied_watermark is None:
            yield self._begin(value)
        self._target = value
        yield from self.resume()

    def receive(self, sums: DailyAggregate) -> None:
        """Note the sums of a day of one partition; ask `resume` whether they were waited for."""
        heard = self._shared.heard
        if sums.day > heard.get(sums.partition, -1):
            heard[sums.partition] = sums.day
            self._shared.sums.setdefault(sums.day, {})[sums.partition] = sums
            self._keep_shared()

    def resume(self) -> Iterator[Step]:
        """Go on to where the watermark stands, day by day."""
        after, target = self.applied_watermark, self._target
        if after is None:
            return
        self.blocked = False
        for boundary in boundaries(after, target):
            yield from self._close(boundary.time)
            if boundary.does == "sum_up":
                yield self._sum_up(boundary.day)
            elif not self._learn(boundary.day):
                self.blocked = True
                break
            self.applied_watermark = boundary.time
            self._keep_time()
        if target > after and not self.blocked:
            yield from self._close(target)
            self.applied_watermark = target
        self._keep_time()

    def keep(self, key: MonitoredKey, record: KeyRecord) -> None:
        """Store a record whose alerts were delivered."""
        self._table[str(key).encode()] = pack(record)
        if not record.is_active():
            self._active.discard(key)

    def wants_tick(self, wall: float) -> bool:
        """True when leaving out silent partitions would move the watermark."""
        value = self.watermark.value(wall)
        if value is None or self.blocked:
            return False
        return self.applied_watermark is None or value > self.applied_watermark

    def _begin(self, value: int) -> DailyAggregate:
        """Start at midnight of the first text, and say to all that there is nothing before."""
        first = min((minute for key in self._active for minute in self._record(key).minutes), default=value)
        self.applied_watermark = start_of_day(min(first, value))
        day = self.applied_watermark // DAY_MS - 1
        return DailyAggregate(partition=self.partition, day=day, groups={}, peaks={}, keys={}, watched={})

    def _close(self, watermark: int) -> Iterator[KeyUpdate]:
        for key in sorted(self._active):
            record = self._record(key)
            due = any(minute + MINUTE_MS <= watermark for minute in record.minutes)
            if due or record.is_waiting():
                yield KeyUpdate(key, record, close_minutes(key, record, watermark, self.context))

    def _sum_up(self, day: int) -> DailyAggregate:
        records = ((key, self._record(key).state) for key in sorted(self._own))
        known = ((key, state) for key, state in records if state is not None)
        return sum_up(self.partition, day, known, self.context)

    def _learn(self, day: int) -> bool:
        """Apply the sums of all days up to `day`; False when those of some partition have not come."""
        heard, sums = self._shared.heard, self._shared.sums
        if any(heard.get(partition, -1) < day for partition in range(self._partitions)):
            return False
        known = self._shared.pool.day
        for each in range(min(sums, default=day) if known is None else known + 1, day + 1):
            parts = sums.pop(each, {})
            self.context.learn(each, [parts[partition] for partition in sorted(parts)])
        self._keep_shared()
        return True

    def _record(self, key: MonitoredKey) -> KeyRecord:
        return unpack(self._table[str(key).encode()])

    def _keep_shared(self) -> None:
        self._table[self._shared_name] = pack(self._shared)

    def _keep_time(self) -> None:
        self._table[self._time_name] = pack(TimeRecord(self.applied_watermark, self.watermark.times()))

    def _is_late(self, time: int) -> bool:
        return self.applied_watermark is not None and time < self.applied_watermark - self._lateness_ms
