"""The table of monitoring as one partition sees it: a record a followed key, one a text of an open minute, and two of
the partition itself.

A text is written once, and again as a deletion when its minute is closed; the record of its key is written once a
closed minute. So what a burst of texts writes grows with their number.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, MutableMapping

import msgspec

from services.detector.key_record import KeyRecord, origin_name
from services.detector.opinion import Opinion
from services.domain.event_time import MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import ScoredText
from services.kafka.raw_table import EPOCH_PREFIX
from services.monitoring.open_key import OpenKey
from services.monitoring.partition_records import OpenText, PartitionRecord, StoredKey, TimeRecord

PARTITION_PREFIX = b"partition/"
TIME_PREFIX = b"time/"
TEXT_PREFIX = b"text/"
"""Table keys of the records of partitions and of texts; all others are followed keys, which have a colon first."""

ZLIB = b"\x78"
"""What zlib begins with; the map that a record is does not."""

_encoder = msgspec.msgpack.Encoder()
_key_decoder = msgspec.msgpack.Decoder(StoredKey)
_text_decoder = msgspec.msgpack.Decoder(OpenText)
_partition_decoder = msgspec.msgpack.Decoder(PartitionRecord)
_time_decoder = msgspec.msgpack.Decoder(TimeRecord)


def pack(record: KeyRecord) -> bytes:
    """The record of a key as it lies in the table: compressed, which makes a quarter of it."""
    return _compress(_encoder.encode(record))


def unpack(data: bytes) -> StoredKey:
    """The record of a key back, or one of an earlier version, which did not compress."""
    return _key_decoder.decode(zlib.decompress(data) if data.startswith(ZLIB) else data)


def _compress(data: bytes) -> bytes:
    return zlib.compress(data, level=1)


def text_name(key: MonitoredKey, number: int) -> bytes:
    """The table key of an open text of a followed key."""
    return TEXT_PREFIX + f"{number}/{key}".encode()


class PartitionTable:
    """Reads and writes the records of `partition`; `table` may hold those of others too."""

    def __init__(self, table: MutableMapping[bytes, bytes], partition: int) -> None:
        self._table = table
        self._partition = partition
        number = str(partition).encode()
        self._partition_name, self._time_name = PARTITION_PREFIX + number, TIME_PREFIX + number

    def followed(self) -> Iterator[tuple[MonitoredKey, OpenKey]]:
        """The followed keys of the partition, their open texts in place."""
        keys: dict[MonitoredKey, OpenKey] = {}
        texts: defaultdict[MonitoredKey, dict[int, OpenText]] = defaultdict(dict)
        for name, packed in list(self._table.items()):
            if name.startswith(TEXT_PREFIX):
                text = _text_decoder.decode(packed)
                if text.partition == self._partition:
                    number, _, key = name[len(TEXT_PREFIX) :].decode().partition("/")
                    texts[MonitoredKey.parse(key)][int(number)] = text
            elif not name.startswith((PARTITION_PREFIX, TIME_PREFIX, EPOCH_PREFIX)):
                record = unpack(packed)
                if record.partition == self._partition:
                    key_of = MonitoredKey.parse(name.decode())
                    keys[key_of] = OpenKey(record, put=record.put)
                    self._separate(key_of, keys[key_of])
        for key_of, found in texts.items():
            self._put_back(key_of, keys.setdefault(key_of, OpenKey(KeyRecord(partition=self._partition))), found)
        yield from keys.items()

    def find(self, key: MonitoredKey) -> OpenKey:
        """A key that has no open texts; an empty record for one that is new."""
        packed = self._table.get(str(key).encode())
        if packed is None:
            return OpenKey(KeyRecord(partition=self._partition))
        record = unpack(packed)
        return OpenKey(record, put=record.put)

    def add(self, key: MonitoredKey, held: OpenKey, text: ScoredText) -> None:
        """Write the text that was just put into the record of a key."""
        opinion = held.record.minutes[text.published_at // MINUTE_MS * MINUTE_MS][-1]
        origin = text.origin
        name, offset = (None, -1) if origin is None else (origin_name(origin), origin.offset)
        self._add(key, held, OpenText(self._partition, name, offset, opinion))

    def store(self, key: MonitoredKey, held: OpenKey) -> None:
        """Write the record of a key if it has changed, then delete the texts of its closed minutes."""
        closed = held.closed()
        still_open = sorted(number for numbers in held.numbers.values() for number in numbers)
        fields = {name: getattr(held.record, name) for name in KeyRecord.__struct_fields__}
        packed = _encoder.encode(StoredKey(**{**fields, "minutes": {}}, put=held.put, open=still_open))
        if packed != held.packed:
            held.packed = packed
            self._table[str(key).encode()] = _compress(packed)
        for number in closed:
            del self._table[text_name(key, number)]

    def _add(self, key: MonitoredKey, held: OpenKey, text: OpenText) -> None:
        minute = text.opinion.time // MINUTE_MS * MINUTE_MS
        held.numbers.setdefault(minute, []).append(held.put)
        self._table[text_name(key, held.put)] = _encoder.encode(text)
        held.put += 1

    def _put_back(self, key: MonitoredKey, held: OpenKey, texts: dict[int, OpenText]) -> None:
        """Put the open texts of a key into its record, but for those that a crash kept from being deleted."""
        record, put = held.record, held.put
        still_open = set(record.open) if isinstance(record, StoredKey) else set()
        for number in sorted(texts):
            if number < put and number not in still_open:
                del self._table[text_name(key, number)]
                continue
            text = texts[number]
            minute = text.opinion.time // MINUTE_MS * MINUTE_MS
            record.minutes.setdefault(minute, []).append(text.opinion)
            held.numbers.setdefault(minute, []).append(number)
            held.put = max(held.put, number + 1)
            if text.origin is not None:
                record.applied[text.origin] = max(text.offset, record.applied.get(text.origin, -1))

    def _separate(self, key: MonitoredKey, held: OpenKey) -> None:
        """Write the open texts that an earlier version kept in the record of their key one by one."""
        opinions: list[Opinion] = [one for minute in sorted(held.record.minutes) for one in held.record.minutes[minute]]
        for opinion in opinions:
            self._add(key, held, OpenText(self._partition, None, -1, opinion))
        if opinions:
            self.store(key, held)

    def partition_record(self) -> PartitionRecord:
        """What the partition knows of all keys; nothing at first."""
        packed = self._table.get(self._partition_name)
        return PartitionRecord() if packed is None else _partition_decoder.decode(packed)

    def store_partition_record(self, record: PartitionRecord) -> None:
        """Write what the partition knows of all keys."""
        self._table[self._partition_name] = _encoder.encode(record)

    def time_record(self) -> TimeRecord:
        """How far event time of the partition is; not begun at first."""
        packed = self._table.get(self._time_name)
        return TimeRecord() if packed is None else _time_decoder.decode(packed)

    def store_time_record(self, record: TimeRecord) -> None:
        """Write how far event time of the partition is."""
        self._table[self._time_name] = _encoder.encode(record)
