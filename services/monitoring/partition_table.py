"""The table of monitoring as one partition sees it: a packed record a followed key, and two of the partition itself."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

import msgspec

from services.detector.key_record import KeyRecord
from services.domain.key import MonitoredKey
from services.monitoring.partition_records import PartitionRecord, TimeRecord

PARTITION_PREFIX = b"partition/"
TIME_PREFIX = b"time/"
"""Table keys of the records of partitions; all others are followed keys."""

_encoder = msgspec.msgpack.Encoder()
_key_decoder = msgspec.msgpack.Decoder(KeyRecord)
_partition_decoder = msgspec.msgpack.Decoder(PartitionRecord)
_time_decoder = msgspec.msgpack.Decoder(TimeRecord)


def pack(record: KeyRecord | PartitionRecord | TimeRecord) -> bytes:
    """A record as it lies in the table."""
    return _encoder.encode(record)


def unpack(data: bytes) -> KeyRecord:
    """The record of a key back."""
    return _key_decoder.decode(data)


class PartitionTable:
    """Reads and writes the records of `partition`; `table` may hold those of others too."""

    def __init__(self, table: MutableMapping[bytes, bytes], partition: int) -> None:
        self._table = table
        self._partition = partition
        number = str(partition).encode()
        self._partition_name, self._time_name = PARTITION_PREFIX + number, TIME_PREFIX + number

    def key_records(self) -> Iterator[tuple[MonitoredKey, KeyRecord]]:
        """The followed keys of the partition."""
        for name, packed in list(self._table.items()):
            if not name.startswith((PARTITION_PREFIX, TIME_PREFIX)):
                record = unpack(packed)
                if record.partition == self._partition:
                    yield MonitoredKey.parse(name.decode()), record

    def find(self, key: MonitoredKey) -> KeyRecord | None:
        """The record of a key; None for one that is new."""
        packed = self._table.get(str(key).encode())
        return None if packed is None else unpack(packed)

    def record(self, key: MonitoredKey) -> KeyRecord:
        """The record of a key that is followed.

        :raises KeyError: when there is none.
        """
        return unpack(self._table[str(key).encode()])

    def store(self, key: MonitoredKey, record: KeyRecord) -> None:
        """Write the record of a key."""
        self._table[str(key).encode()] = pack(record)

    def partition_record(self) -> PartitionRecord:
        """What the partition knows of all keys; nothing at first."""
        packed = self._table.get(self._partition_name)
        return PartitionRecord() if packed is None else _partition_decoder.decode(packed)

    def store_partition_record(self, record: PartitionRecord) -> None:
        """Write what the partition knows of all keys."""
        self._table[self._partition_name] = pack(record)

    def time_record(self) -> TimeRecord:
        """How far event time of the partition is; not begun at first."""
        packed = self._table.get(self._time_name)
        return TimeRecord() if packed is None else _time_decoder.decode(packed)

    def store_time_record(self, record: TimeRecord) -> None:
        """Write how far event time of the partition is."""
        self._table[self._time_name] = pack(record)
