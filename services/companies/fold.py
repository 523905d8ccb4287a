"""One writing of every character, place by place: full-width forms as ASCII, traditional characters as simplified."""

from __future__ import annotations

import unicodedata
from functools import cache

from opencc import OpenCC

_CJK = ((0x3400, 0x4DC0), (0x4E00, 0xA000))
_FIRST_BEYOND_ASCII, _BEYOND_BMP = 0x80, 0x10000


def folded(text: str) -> str:
    """`text` with each character in one writing, of the same length: what is found in it stands there in `text`.

    Characters become what Unicode NFKC makes of them where that is one character, and then what OpenCC's tables give
    for traditional and variant ones. Phrases that differ between regions (輝達, 英伟达) are names of their own.
    """
    return text if text.isascii() else text.translate(_table())


@cache
def _table() -> dict[int, str]:
    """Code point -> its folded character."""
    table = {}
    for point in range(_FIRST_BEYOND_ASCII, _BEYOND_BMP):
        normal = unicodedata.normalize("NFKC", chr(point))
        if len(normal) == 1 and normal != chr(point):
            table[point] = normal
    simplified = OpenCC("t2s").convert
    for first, end in _CJK:
        for point in range(first, end):
            simple = simplified(chr(point))
            if len(simple) == 1 and simple != chr(point):
                table[point] = simple
    return table
