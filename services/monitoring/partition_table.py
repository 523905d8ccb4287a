"""The table of monitoring as one partition sees it: a record a followed key, a log of the texts that it lacks, and two
records of the partition itself.

A text is written once, and again as a deletion when the record of its key holds it. So what is written grows with the
number of texts, however large a record is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import NamedTuple

import msgspec

from services.detector.key_record import KeyRecord, origin_name
from services.detector.opinion import Opinion
from services.domain.event_time import MINUTE_MS
from services.domain.key import MonitoredKey
from services.domain.messages import Origin, ScoredText
from services.kafka.raw_table import EPOCH_PREFIX
from services.kafka.read_record import ReadRecord
from services.monitoring.key_bytes import Head, encode, head_of, unpack, wrap
from services.monitoring.open_key import OpenKey
from services.monitoring.partition_records import LoggedText, PartitionRecord, StoredKey, TimeRecord

PARTITION_PREFIX = b"partition/"
TIME_PREFIX = b"time/"
TEXT_PREFIX = b"text/"
"""Table keys of the records of partitions and of texts; all others are followed keys, which have a colon first."""

_encoder = msgspec.msgpack.Encoder()
_text_decoder = msgspec.msgpack.Decoder(LoggedText)
_partition_decoder = msgspec.msgpack.Decoder(PartitionRecord)
_time_decoder = msgspec.msgpack.Decoder(TimeRecord)


def text_name(key: MonitoredKey, number: int) -> bytes:
    """The table key of a logged text of a followed key."""
    return TEXT_PREFIX + f"{number}/{key}".encode()


def _key_of(name: bytes) -> tuple[int, str]:
    """The number of a logged text, and its followed key."""
    number, _, key = name[len(TEXT_PREFIX) :].decode().partition("/")
    return int(number), key


def _as_record(name: bytes, text: LoggedText) -> ReadRecord:
    topic, _, partition = (text.origin or "").rpartition("/")
    origin = Origin(topic=topic, partition=int(partition), offset=text.offset)
    return ReadRecord(origin, msgspec.json.encode({"key": _key_of(name)[1], "text": text.opinion}))


class FollowedKey(NamedTuple):
    """A key as the table holds it; `at`: how far event time was when its record was written (ms); `later`: the texts
    that were put since then, by number.
    """

    key: MonitoredKey
    held: OpenKey
    at: int | None
    later: Sequence[tuple[int, LoggedText]]


class FollowedKeys(NamedTuple):
    """Keys that nothing can change but a new text, and those that texts of the log or the passing of time can."""

    quiet: list[MonitoredKey]
    changing: list[FollowedKey]


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

    def followed(self) -> FollowedKeys:
        """The followed keys of the partition, with the texts that were open when their records were written."""
        found = FollowedKeys([], [])
        names: list[tuple[MonitoredKey, Head]] = []
        texts: defaultdict[MonitoredKey, dict[int, LoggedText]] = defaultdict(dict)
        for name, packed in list(self._table.items()):
            if name.startswith(TEXT_PREFIX):
                text = _text_decoder.decode(packed)
                if text.partition == self._partition:
                    number, key = _key_of(name)
                    texts[MonitoredKey.parse(key)][number] = text
            elif not name.startswith((PARTITION_PREFIX, TIME_PREFIX, EPOCH_PREFIX)):
                head = head_of(packed)
                if head.partition == self._partition:
                    names.append((MonitoredKey.parse(name.decode()), head))
        for key_of, head in names:
            if key_of in texts or head.waits:
                found.changing.append(self._followed(key_of, self.find(key_of), texts.pop(key_of, {})))
            else:
                found.quiet.append(key_of)
        found.changing.extend(self._followed(key_of, self._new(), texts[key_of]) for key_of in texts)
        return found

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

    def logged(self, key: MonitoredKey, numbers: Iterable[int]) -> list[ReadRecord]:
        """Texts of a key as records, by which they are known when they end a worker; those of no raw record are not."""
        found = [(text_name(key, number), self._table[text_name(key, number)]) for number in numbers]
        return [_as_record(name, text) for name, packed in found if (text := _text_decoder.decode(packed)).origin]

    def logged_minutes(self) -> Iterator[list[tuple[bytes, ReadRecord]]]:
        """All logged texts of the partition, those of a minute of a key together: table key and record."""
        minutes: defaultdict[tuple[str, int], list[tuple[bytes, ReadRecord]]] = defaultdict(list)
        for name, packed in self._table.items():
            if name.startswith(TEXT_PREFIX):
                text = _text_decoder.decode(packed)
                if text.partition == self._partition and text.origin is not None:
                    minutes[_key_of(name)[1], text.minute].append((name, _as_record(name, text)))
        yield from minutes.values()

    def save(self, key: MonitoredKey, held: OpenKey, applied: int | None) -> None:
        """Write the record of a key if it has changed, then delete the texts of its closed minutes; `applied`: how far
        event time is (ms).
        """
        held.close()
        still_open = sorted(number for numbers in held.numbers.values() for number in numbers)
        fields = {name: getattr(held.record, name) for name in KeyRecord.__struct_fields__}
        fields["minutes"] = {}
        packed = encode(StoredKey(**fields, put=held.put, open=still_open, at=applied))
        if packed != held.packed:
            held.packed = packed
            stored = wrap(packed, Head(self._partition, held.record.is_active()))
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

    def _followed(self, key: MonitoredKey, held: OpenKey, texts: dict[int, LoggedText]) -> FollowedKey:
        """Put the texts that were open when the record was written back into it. What a crash kept from being deleted
        is deleted.
        """
        self._separate(key, held)
        record, written = held.record, held.put
        stored = record if isinstance(record, StoredKey) else StoredKey(self._partition)
        later: list[tuple[int, LoggedText]] = []
        for number in sorted(texts):
            if number >= written:
                later.append((number, texts[number]))
            elif number in stored.open:
                put_back(held, number, texts[number])
            else:
                del self._table[text_name(key, number)]
        held.logged_bytes = sum(len(self._table[text_name(key, number)]) for number, _ in later)
        return FollowedKey(key, held, stored.at, later)

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
