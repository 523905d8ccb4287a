"""What a server compressed, unpacked within a limit: a small bomb never becomes large."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import NamedTuple

import brotli

from services.ingest.sources.rss.refusal import Refusal

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP_MARK = b"\x1f\x8b"
ZSTD_MARK = b"\x28\xb5\x2f\xfd"
ZSTD_WINDOW_LOG = 23
"""8 MB, what RFC 8878 has a receiver support; a frame can ask for gigabytes."""
MOST_MEMBERS = 16
"""Each costs a copy of what is left."""
_PIECE_BYTES = 65_536


class Unpacked(NamedTuple):
    """The bytes, and whether there are more than were taken."""

    body: bytes
    cut: bool


def unpack(data: bytes, encodings: str, limit: int, *, cut: bool = False) -> Unpacked:
    """At most `limit` bytes of `data`, which was compressed as the header Content-Encoding says, or as its first bytes
    show; `cut` says that the end of `data` is missing.

    :raises Refusal: `bad_content` for a compression that is not known, or data that is damaged.
    """
    names = [name for each in encodings.lower().split(",") if (name := each.strip()) not in ("", "identity", "none")]
    for name in reversed(names):
        if data.lstrip()[:1] == b"<":  # said to be compressed, and is not
            break
        if name not in _UNPACKERS:
            raise Refusal("bad_content", f"expected compression by one of {', '.join(_UNPACKERS)}, got {name[:40]!r}")
        data, cut = _unpack_one(data, name, limit, cut)
    for mark, name in ((GZIP_MARK, "gzip"), (ZSTD_MARK, "zstd")):
        if data.startswith(mark):
            data, cut = _unpack_one(data, name, limit, cut)
    return Unpacked(data[:limit], cut or len(data) > limit)


def _unpack_one(data: bytes, name: str, limit: int, cut: bool) -> Unpacked:
    try:
        found, whole = _UNPACKERS[name](data, limit + 1)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise Refusal("bad_content", f"damaged {name} data: {error}") from error
    if not whole and not cut and len(found) <= limit:
        raise Refusal("bad_content", f"the {name} data ends too early")
    return Unpacked(found[:limit], cut or len(found) > limit)


_Found = tuple[bytes, bool]
"""At most so many bytes, and whether the end of the data was reached."""


def _gzip(data: bytes, most: int) -> _Found:
    """The first members of a gzip file, as some servers join them."""
    found = bytearray()
    for _ in range(MOST_MEMBERS):
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found += unpacker.decompress(data, most - len(found))
        data = unpacker.unused_data
        if not unpacker.eof or len(found) >= most or not data.startswith(GZIP_MARK):
            break
    return bytes(found), unpacker.eof


def _deflate(data: bytes, most: int) -> _Found:
    """zlib's format, as the standard says, or bare deflate, as some servers send it."""
    try:
        unpacker = zlib.decompressobj()
        found = unpacker.decompress(data, most)
    except zlib.error:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        found = unpacker.decompress(data, most)
    return found, unpacker.eof


def _brotli(data: bytes, most: int) -> _Found:
    unpacker = brotli.Decompressor()
    found = bytearray(unpacker.process(data, output_buffer_limit=_PIECE_BYTES))
    while len(found) < most and not unpacker.is_finished():
        piece = unpacker.process(b"", output_buffer_limit=_PIECE_BYTES)
        if not piece:
            break
        found += piece
    return bytes(found[:most]), unpacker.is_finished()


def _zstd(data: bytes, most: int) -> _Found:
    unpacker = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
    return unpacker.decompress(data, most), unpacker.eof


_UNPACKERS: dict[str, Callable[[bytes, int], _Found]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
