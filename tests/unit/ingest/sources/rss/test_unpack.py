"""unpack: every compression of the web, within the limit, and nothing raises but a refusal."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.unpack import MOST_MEMBERS, Unpacked, unpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FEED = b"<rss>" + bytes(range(256)) * 20 + b"</rss>"


def _bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("X-GZIP", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _bare_deflate),
    ("br", brotli.compress),
    ("zstd", zstd.compress),
]


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_what_was_packed_is_unpacked_within_the_limit(name: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(FEED)
    assert unpack(packed, name, 10_000) == Unpacked(FEED, False)
    assert unpack(packed, name, len(FEED)) == Unpacked(FEED, False)
    assert unpack(packed, name, 100) == Unpacked(FEED[:100], True)
    assert unpack(pack(b"x" * 30_000_000), name, 1_000) == Unpacked(b"x" * 1_000, True)


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_data_that_ends_too_early(name: str, pack: Callable[[bytes], bytes]) -> None:
    part = pack(FEED * 100)[:-5]
    with pytest.raises(Refusal, match=f"(the {name.lower()} data ends too early|damaged {name.lower()} data)"):
        unpack(part, name, 10**6)
    found = unpack(part, name, 10**6, cut=True)
    assert found.cut
    assert (FEED * 100).startswith(found.body)


@pytest.mark.parametrize(
    ("data", "encodings"),
    [
        (FEED, ""),
        (FEED, "identity, none"),
        (FEED, "gzip"),
        (FEED, "utf-8"),
        (gzip.compress(FEED), ""),
        (gzip.compress(FEED), "identity"),
        (zstd.compress(FEED), ""),
        (gzip.compress(FEED[:9]) + gzip.compress(FEED[9:]), "gzip"),
        (brotli.compress(gzip.compress(FEED)), "gzip, br"),
        (gzip.compress(gzip.compress(FEED)), "gzip"),
    ],
)
def test_headers_that_say_too_little_too_much_or_several_things(data: bytes, encodings: str) -> None:
    assert unpack(data, encodings, 10_000) == Unpacked(FEED, False)


def test_a_compression_that_nobody_knows() -> None:
    with pytest.raises(Refusal, match="expected compression by one of gzip, x-gzip, deflate, br, zstd, got 'compress'"):
        unpack(b"\x1f\x9d\x90", "compress", 100)


def test_no_more_members_than_the_limit() -> None:
    assert unpack(gzip.compress(b"x") * 1_000, "gzip", 10**6).body == b"x" * MOST_MEMBERS


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br", ""]), st.booleans())
def test_any_bytes_are_unpacked_or_refused(data: bytes, name: str, cut: bool) -> None:
    with suppress(Refusal):
        assert len(unpack(data, name, 50, cut=cut).body) <= 50
