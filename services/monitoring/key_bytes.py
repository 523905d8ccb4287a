"""The record of a key as it lies in the table: a head that says whether the rest is to be read, and the record behind
it, compressed, which makes a quarter of it. Earlier versions had no head, and the first did not compress.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import msgspec

from services.detector.key_record import KeyRecord
from services.monitoring.partition_records import StoredKey

_HEAD = struct.Struct(">BHB")
"""Format, partition, whether it waits."""
_FORMAT = 1
_ZLIB = 0x78
"""What zlib begins with. A record that was not compressed is a map, which begins with neither of the two."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StoredKey)


class Head(NamedTuple):
    """`waits` is false when no minute was open, and the passing of time could change nothing."""

    partition: int
    waits: bool


def pack(record: KeyRecord, *, waits: bool = True) -> bytes:
    """A record as bytes; see `Head`."""
    return wrap(encode(record), Head(record.partition, waits))


def encode(record: KeyRecord) -> bytes:
    """A record as bytes that are not compressed, to be compared."""
    return _encoder.encode(record)


def wrap(encoded: bytes, head: Head) -> bytes:
    """What `encode` has made, with its head."""
    return _HEAD.pack(_FORMAT, *head) + zlib.compress(encoded, level=1)


def unpack(data: bytes) -> StoredKey:
    """The record back."""
    if data[0] == _FORMAT:
        return _decoder.decode(zlib.decompress(memoryview(data)[_HEAD.size :]))
    return _decoder.decode(zlib.decompress(data) if data[0] == _ZLIB else data)


def head_of(data: bytes) -> Head:
    """The head of a record; of one without, what is in it."""
    if data[0] == _FORMAT:
        _, partition, waits = _HEAD.unpack_from(data)
        return Head(partition, bool(waits))
    return Head(unpack(data).partition, waits=True)
