"""The table of monitoring as one partition sees it: a record a followed key, a log of the texts that it lacks, and two
records of the partition itself.

A text is written once, and again as a deletion when the record of its key holds it. So what is written grows with the
number of texts, however large a record is.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, MutableMapping, Sequence
from typing import NamedTuple

import msgspec

from services.detector.key_record import KeyRecord, origin_name
from services.detector.opinion import Opinion
from services.domain.event_time import MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import ScoredText
from services.kafka.raw_table import EPOCH_PREFIX
from services.monitoring.open_key import OpenKey
from services.monitoring.partition_records import LoggedText, PartitionRecord, StoredKey, TimeRecord

PARTITION_PREFIX = b"partition/"
TIME_PREFIX = b"time/"
TEXT_PREFIX = b"text/"
"""Table keys of the records of partitions and of texts; all others are followed keys, which have a colon first."""

ZLIB = b"\x78"
"""What zlib begins with; the map that a record is does not."""

_encoder = msgspec.msgpack.Encoder()
_key_decoder = msgspec.msgpack.Decoder(StoredKey)
_text_decoder = msgspec.msgpack.Decoder(LoggedText)
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
    """The table key of a logged text of a followed key."""
    return TEXT_PREFIX + f"{number}/{key}".encode()


class FollowedKey(NamedTuple):
    """A key as the table holds it; `at`: how far event time was when its record was written (ms); `later`: the texts
    that were put since then, by number.
    """

    key: MonitoredKey
    held: OpenKey
    at: int | None
    later: Sequence[tuple[int, LoggedText]]


def put_back(held: OpenKey, number: int, text: LoggedText) -> None:
    """Put a text of the log into its open minute again."""
    record = held.record
    record.minutes.setdefault(text.minute, []).append(text.opinion)
    held.numbers.setdefault(text.minute, []).append(number)
    held.put = max(held.put, number + 1)
    if text.origin is not None:
        record.applied[text.origin] = max(text.offset, record.applied.get(text.origin, -1))


def _held(packed: bytes) -> OpenKey:
    record = unpack(packed)
    return OpenKey(record, put=record.put, stored_bytes=len(packed))


class PartitionTable:
    """Reads and writes the records of `partition`; `table` may hold those of others too."""

    def __init__(self, table: MutableMapping[bytes, bytes], partition: int) -> None:
        self._table = table
        self._partition = partition
        number = str(partition).encode()
        self._partition_name, self._time_name = PARTITION_PREFIX + number, TIME_PREFIX + number

    def followed(self) -> Iterator[FollowedKey]:
        """The followed keys of the partition, with the texts that were open when their records were written."""
        keys: dict[MonitoredKey, OpenKey] = {}
        texts: defaultdict[MonitoredKey, dict[int, LoggedText]] = defaultdict(dict)
        for name, packed in list(self._table.items()):
            if name.startswith(TEXT_PREFIX):
                text = _text_decoder.decode(packed)
                if text.partition == self._partition:
                    number, _, key = name[len(TEXT_PREFIX) :].decode().partition("/")
                    texts[MonitoredKey.parse(key)][int(number)] = text
            elif not name.startswith((PARTITION_PREFIX, TIME_PREFIX, EPOCH_PREFIX)):
                held = _held(packed)
                if held.record.partition == self._partition:
                    key_of = MonitoredKey.parse(name.decode())
                    keys[key_of] = held
                    self._separate(key_of, held)
        for key_of in texts.keys() - keys.keys():
            keys[key_of] = self._new()
        for key_of, held in keys.items():
            at = held.record.at if isinstance(held.record, StoredKey) else None
            yield FollowedKey(key_of, held, at, self._put_back(key_of, held, texts[key_of]))

    def find(self, key: MonitoredKey) -> OpenKey:
        """A key of which the table holds all; an empty record for one that is new."""
        packed = self._table.get(str(key).encode())
        return self._new() if packed is None else _held(packed)

    def log(self, key: MonitoredKey, held: OpenKey, text: ScoredText, applied: int | None) -> None:
        """Write the text that was just put into a key; `applied`: how far event time is (ms)."""
        opinion = held.record.minutes[text.published_at // MINUTE_MS * MINUTE_MS][-1]
        origin = text.origin
        name, offset = (None, -1) if origin is None else (origin_name(origin), origin.offset)
        self._log(key, held, LoggedText(self._partition, name, offset, opinion, applied))

    def save(self, key: MonitoredKey, held: OpenKey, applied: int | None) -> None:
        """Write the record of a key if it has changed, then delete the texts of its closed minutes; `applied`: how far
        event time is (ms).
        """
        held.close()
        still_open = sorted(number for numbers in held.numbers.values() for number in numbers)
        fields = {name: getattr(held.record, name) for name in KeyRecord.__struct_fields__}
        packed = _encoder.encode(StoredKey(**{**fields, "minutes": {}}, put=held.put, open=still_open, at=applied))
        if packed != held.packed:
            held.packed = packed
            stored = _compress(packed)
            held.stored_bytes = len(stored)
            self._table[str(key).encode()] = stored
        for number in held.unsaved:
            del self._table[text_name(key, number)]
        held.unsaved.clear()
        held.logged_bytes = 0

    def _new(self) -> OpenKey:
        return OpenKey(KeyRecord(partition=self._partition))

    def _log(self, key: MonitoredKey, held: OpenKey, text: LoggedText) -> None:
        packed = _encoder.encode(text)
        self._table[text_name(key, held.put)] = packed
        held.numbers.setdefault(text.minute, []).append(held.put)
        held.logged_bytes += len(packed)
        held.put += 1

    def _put_back(
        self, key: MonitoredKey, held: OpenKey, texts: dict[int, LoggedText]
    ) -> Sequence[tuple[int, LoggedText]]:
        """Put the texts that were open when the record was written back into it; those since then are returned. What a
        crash kept from being deleted is deleted.
        """
        record, written = held.record, held.put
        still_open = set(record.open) if isinstance(record, StoredKey) else set()
        later: list[tuple[int, LoggedText]] = []
        for number in sorted(texts):
            if number >= written:
                later.append((number, texts[number]))
            elif number in still_open:
                put_back(held, number, texts[number])
            else:
                del self._table[text_name(key, number)]
        held.logged_bytes = sum(len(self._table[text_name(key, number)]) for number, _ in later)
        return later

    def _separate(self, key: MonitoredKey, held: OpenKey) -> None:
        """Log the open texts that an earlier version kept in the record of their key."""
        opinions: list[Opinion] = [one for minute in sorted(held.record.minutes) for one in held.record.minutes[minute]]
        for opinion in opinions:
            self._log(key, held, LoggedText(self._partition, None, -1, opinion))
        if opinions:
            self.save(key, held, None)

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
