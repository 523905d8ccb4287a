"""GB 18030 and Big5 with bytes that do not belong there: each costs one character, not the sentence behind it.

In these encodings a pair of bytes is a character, and a byte too many or too few shifts all pairs behind it; a plain
decoder then reads other characters that exist. Here the reading is taken whose characters are the most usual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.text.common_characters import COMMON, MOST_COMMON

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LONGEST_RUN = 10_000
"""Bytes; a longer run without a blank or a sign is read as it stands."""

WHOLE_SHARE = 0.4
"""Of common characters in a run that can be read from end to end: of a shifted one hardly any are."""

_RUN = re.compile(rb"[\x80-\xff][\x30-\x39\x40-\xff]*")
"""From a first byte on, what can be part of characters of several bytes."""
UNUSUAL = re.compile("[\u0370-\u04ff\u2500-\u257f\u3040-\u33ff]")
"""Greek, Cyrillic, boxes, kana, bopomofo: in these standards, and in what a byte too many makes of Chinese."""
_STANDARD = {"gb18030": "gb2312", "big5hkscs": "big5"}
_FOUR = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]")
_DROPPED, _FOREIGN, _BEYOND, _RARE, _COMMON, _ASCII = 6, 5, 3, 2, 1, 1
"""What a reading costs: a byte that is dropped; a character that is no Chinese one, a Chinese one beyond the standard,
one that is rare, one that is common, a sign of ASCII. The most common ones cost nothing."""


def decode_double_byte(data: bytes, encoding: str) -> str:
    """`data` in `encoding`, `gb18030` or `big5hkscs`; U+FFFD stands for each byte that is part of no character."""
    pieces: list[str] = []
    end = 0
    for run in _RUN.finditer(data):
        pieces.append(data[end : run.start()].decode("ascii"))
        pieces.append(_decode_run(run.group(), encoding))
        end = run.end()
    pieces.append(data[end:].decode("ascii"))
    return "".join(pieces)


def usual_share(text: str) -> float:
    """The share of common Chinese characters among those of `text` that are not ASCII; 0 where there are none."""
    others = [char for char in text if char > "\x7f"]
    return sum(char in COMMON for char in others) / len(others) if others else 0.0


def _decode_run(run: bytes, encoding: str) -> str:
    if len(run) > LONGEST_RUN:
        return run.decode(encoding, "replace")
    try:
        text = run.decode(encoding)
    except UnicodeDecodeError:
        return _cheapest(run, encoding)
    whole = _is_standard(run, encoding) or usual_share(text) >= WHOLE_SHARE
    return text if whole and not UNUSUAL.search(text) else _cheapest(run, encoding)


def _cheapest(run: bytes, encoding: str) -> str:
    """The reading of least cost, by dynamic programming from the end: `best[i]` is the cost of all from byte i on."""
    best = [0] * (len(run) + 1)
    chosen: list[tuple[str, int]] = [("", 0)] * len(run)
    for start in range(len(run) - 1, -1, -1):
        best[start], char, size = min(
            (cost + best[start + size], char, size) for cost, char, size in _readings(run, start, encoding)
        )
        chosen[start] = char, size
    pieces = []
    place = 0
    while place < len(run):
        char, size = chosen[place]
        pieces.append(char)
        place += size
    return "".join(pieces)


def _readings(run: bytes, start: int, encoding: str) -> Iterator[tuple[int, str, int]]:
    """(cost, character, bytes) of each way to read what stands at `start`."""
    if run[start] < 0x80:
        yield _ASCII, chr(run[start]), 1
        return
    yield _DROPPED, REPLACEMENT, 1
    pair = run[start : start + 2]
    sizes = (2, 4) if encoding == "gb18030" and _FOUR.match(run, start) else (2,)
    for size in sizes:
        try:
            char = run[start : start + size].decode(encoding)
        except UnicodeDecodeError:
            continue
        yield _cost(char, pair, encoding), char, size


def _cost(char: str, pair: bytes, encoding: str) -> int:
    if char in MOST_COMMON:
        return 0
    if char in COMMON:
        return _COMMON
    if not "\u4e00" <= char <= "\u9fff":
        return _FOREIGN
    return _RARE if _is_standard(pair, encoding) else _BEYOND


def _is_standard(data: bytes, encoding: str) -> bool:
    """Whether all of it are characters of the standard that `encoding` extends."""
    try:
        data.decode(_STANDARD[encoding])
    except UnicodeDecodeError:
        return False
    return True
