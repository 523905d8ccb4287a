"""The records of one partition of `opinions.by_key`: mentions and progress in, changed records and alerts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, MutableMapping

import msgspec

from services.common.messages import Mention, Progress, SpikeCleared, SpikeRaised
from services.monitoring.detector.params import MINUTE_MS, Params
from services.monitoring.detector.state import Incident
from services.monitoring.records import KeyRecord, accept, applied, close_minutes, origin_name
from services.monitoring.watermark import Watermark

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(KeyRecord)

#: A `Progress` of no raw partition: "look at the watermark again", sent when silent partitions are left out.
TICK_TOPIC = ""


def pack(record: KeyRecord) -> bytes:
    """A record as it lies in the table."""
    return _encoder.encode(record)


def kind_of(key: str) -> str:
    """`company` or `topic`, of `company:AAPL`."""
    return key.partition(":")[0]


def unpack(data: bytes) -> KeyRecord:
    """The record back."""
    return _decoder.decode(data)


class Keeper:
    """One partition. `table` maps a key to its packed record; only keys that time can change are looked at."""

    def __init__(
        self,
        partition: int,
        table: MutableMapping[bytes, bytes],
        watermark: Watermark,
        params: Params,
        lateness_ms: int,
    ) -> None:
        self.partition = partition
        self.watermark = watermark
        self.applied_watermark: int | None = None
        self._table = table
        self._params = params
        self._lateness_ms = lateness_ms
        self.keys: Counter[str] = Counter()
        """How many records there are of each kind, company or topic."""
        self._active: set[str] = set()
        for key, record in self._own():
            self.keys[kind_of(key)] += 1
            if record.is_active():
                self._active.add(key)

    def _own(self) -> Iterator[tuple[str, KeyRecord]]:
        for key, data in list(self._table.items()):
            record = unpack(data)
            if record.partition == self.partition:
                yield key.decode(), record

    def open_incidents(self) -> Iterator[tuple[str, Incident]]:
        """(key, incident) of each alert that is open; after a restart the metrics start from these."""
        for key in sorted(self._active):
            state = unpack(self._table[key.encode()]).state
            if state is not None and state.incident is not None and state.is_open():
                yield key, state.incident

    def mention(self, mention: Mention) -> bool:
        """Put a text into its key's record; False when it is too late for detection (it is left out)."""
        data = self._table.get(mention.key.encode())
        record = KeyRecord(partition=self.partition) if data is None else unpack(data)
        if applied(record, mention.text):
            return True
        if self._is_late(mention.text.published_at):
            return False
        if data is None:
            self.keys[kind_of(mention.key)] += 1
        accept(record, mention.key, mention.text)
        self._active.add(mention.key)
        self._table[mention.key.encode()] = pack(record)
        return True

    def progress(
        self, progress: Progress, wall: float
    ) -> list[tuple[str, KeyRecord, list[SpikeRaised | SpikeCleared]]]:
        """Move the watermark; returns each record that changed, with the alerts to send before it is kept."""
        if progress.origin.topic != TICK_TOPIC:
            self.watermark.observe(origin_name(progress.origin), progress.time, wall)
        value = self.watermark.value(wall)
        if value is None or (self.applied_watermark is not None and value <= self.applied_watermark):
            return []
        self.applied_watermark = value
        return list(self._closed(sorted(self._active), value))

    def _closed(
        self, keys: Iterable[str], watermark: int
    ) -> Iterator[tuple[str, KeyRecord, list[SpikeRaised | SpikeCleared]]]:
        for key in keys:
            record = unpack(self._table[key.encode()])
            due = any(minute + MINUTE_MS <= watermark for minute in record.minutes)
            if due or (record.state is not None and record.state.is_open()):
                yield key, record, close_minutes(key, record, watermark, self._params)

    def keep(self, key: str, record: KeyRecord) -> None:
        """Store a record whose alerts were delivered."""
        self._table[key.encode()] = pack(record)
        if not record.is_active():
            self._active.discard(key)

    def wants_tick(self, wall: float) -> bool:
        """True when leaving out silent partitions would move the watermark."""
        value = self.watermark.value(wall)
        return value is not None and (self.applied_watermark is None or value > self.applied_watermark)

    def _is_late(self, time: int) -> bool:
        return self.applied_watermark is not None and time < self.applied_watermark - self._lateness_ms
