"""Which encoding bytes of the web are in: what is stated is believed only as far as the bytes bear it out."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import NamedTuple

import webencodings

from services.text.double_byte import REPLACEMENT, decode_double_byte, usual_share

CHINESE = ("gb18030", "big5hkscs")
PLAUSIBLE_SHARE = 0.6
"""Of common characters among those that are not ASCII, in what is taken for Chinese that does not say so."""
STATED_SHARE = 0.3
"""The same where it does say so."""
SAMPLE_BYTES = 20_000

_WHATWG = {"gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs"}
"""The encodings that hold what is wrongly called GB 2312 or Big5."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_RUN = re.compile(rb"[\x80-\xff][\x40-\xff]*")
_PAIRS = re.compile(rb"(?:[\xa1-\xf9][\x40-\x7e\xa1-\xfe]){4}")
"""Four Chinese characters in a row; no western language puts accents on so many letters."""
_WESTERN = frozenset({"cp1252", "iso8859-15"})
_WIDE = re.compile("[\u0800-\ufffc]")
"""Three bytes of UTF-8 each."""


class Decoded(NamedTuple):
    """A text, and the Python codec that it was read with; U+FFFD stands for what could not be read."""

    text: str
    encoding: str


def decode(data: bytes, stated: Iterable[str | None] = ()) -> Decoded:
    """The text of `data`; `stated` are the names of its encoding that came with it, the most trusted first.

    In this order: a byte order mark; UTF-16 by its zero bytes; UTF-8 when the bytes are so, one or the other damaged
    place aside; GB 18030 or Big5, if they give common characters; what is stated; windows-1252. Never raises.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(encoding, "replace"), encoding)
    if (wide := _utf16_without_mark(data)) is not None:
        return Decoded(data.decode(wide, "replace"), wide)
    known = [codec for name in stated if name and (codec := codec_of(name)) is not None]
    utf8 = data.decode("utf-8", "replace")
    if utf8.isascii():
        return Decoded(utf8, "utf-8")
    chinese = _Chinese(data, known)
    if _is_utf8(data, utf8, chinese):
        return Decoded(utf8, "utf-8")
    encoding = _legacy(data, known, chinese)
    if encoding in CHINESE:
        return Decoded(decode_double_byte(data, encoding), encoding)
    return Decoded(data.decode(encoding, "replace"), encoding)


def codec_of(name: str) -> str | None:
    """The Python codec for a name that a page gives its encoding, as the WHATWG Encoding Standard maps it."""
    found = webencodings.lookup(name)
    if found is None or found.name in ("replacement", "x-user-defined"):
        return None
    return str(_WHATWG.get(found.name, found.codec_info.name))


def _utf16_without_mark(data: bytes) -> str | None:
    """ASCII signs in UTF-16 have a zero byte each, on one side."""
    head = data[: 1_000 - len(data[:1_000]) % 2]
    half = len(head) // 2
    even, odd = head[::2].count(0), head[1::2].count(0)
    if half < 2 or even + odd < 0.1 * half:
        return None
    return "utf-16-le" if odd > 9 * even else "utf-16-be" if even > 9 * odd else None


class _Chinese:
    """How much the bytes are like Chinese in one of its own encodings."""

    def __init__(self, data: bytes, stated: list[str]) -> None:
        self.is_stated = any(encoding in CHINESE for encoding in stated)
        sample = b" ".join(_RUN.findall(data, 0, 50 * SAMPLE_BYTES))[:SAMPLE_BYTES]
        candidates = dict.fromkeys([*(each for each in stated if each in CHINESE), *CHINESE])
        shares = {encoding: usual_share(sample.decode(encoding, "replace")) for encoding in candidates}
        self.encoding = max(shares, key=lambda each: shares[each])
        self.share = shares[self.encoding]


def _is_utf8(data: bytes, text: str, chinese: _Chinese) -> bool:
    """Whether it is UTF-8, perhaps with a damaged place or two.

    A few Chinese characters can be UTF-8 by chance, in part or, as letters such as Greek ones, in whole; and UTF-8 that
    is read as Chinese gives characters that nobody uses.
    """
    damaged = text.count(REPLACEMENT) - data.count(REPLACEMENT.encode())
    if damaged == 0:
        return not chinese.is_stated or chinese.share < PLAUSIBLE_SHARE or _WIDE.search(text) is not None
    if chinese.share >= (STATED_SHARE if chinese.is_stated else PLAUSIBLE_SHARE):
        return False
    return len(text) - len(text.encode("ascii", "ignore")) >= 2 * damaged


def _legacy(data: bytes, stated: list[str], chinese: _Chinese) -> str:
    """What is neither UTF-8 nor UTF-16."""
    if chinese.share >= PLAUSIBLE_SHARE:
        return chinese.encoding
    own = [encoding for encoding in stated if not encoding.startswith("utf-")]
    other = next((encoding for encoding in own if encoding not in _WESTERN), None)
    if other is not None:
        return other
    return chinese.encoding if _PAIRS.search(data) else next(iter(own), "cp1252")
