"""The items of a JSON list, or objects that stand on several lines, split into single values; none is decoded here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from services.domain.errors import InvalidInput

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[\[\]{},]', re.DOTALL)
"""A string, so that a bracket in it does not count, perhaps without its end; or a sign that parts values."""


def split_values(pieces: Iterable[bytes], first_line: int, most: int, path: str) -> Iterator[tuple[int, bytes]]:
    """(line, bytes) of each value as it comes; the first piece begins with the bracket of a list or of an object, and
    all that follows it at its level is given too, be it JSON or not.

    :raises InvalidInput: when a value has more than `most` bytes; those before it were given.
    """
    buffer = b""
    place = depth = 0
    line = first_line
    levels: int | None = None
    for piece in pieces:
        buffer += piece
        start = 0
        while token := _TOKEN.search(buffer, place):
            sign = buffer[token.start() : token.start() + 1]
            if sign == b'"' and not token[1]:
                place = token.start()
                break
            place = token.end()
            if sign in (b"[", b"{"):
                if levels is None:
                    levels = int(sign == b"[")
                    start = place if levels else token.start()
                depth += 1
                continue
            depth = max(0, depth - (sign in (b"]", b"}")))
            ends_list = levels == 1 and depth == 0
            if ends_list or (sign == b"," and depth == levels == 1):
                end = token.start()
            elif levels == 0 and depth == 0:
                end = place if sign == b"}" else token.start()
            else:
                continue
            yield from _value(buffer[start:end], line)
            line += buffer.count(b"\n", start, place)
            start = place
            if ends_list:
                levels = 0
        else:
            place = len(buffer)
        buffer = buffer[start:]
        place -= start
        if len(buffer) > most:
            begins = line + buffer.count(b"\n", 0, len(buffer) - len(buffer.lstrip()))
            raise InvalidInput(f"{path} line {begins}: expected at most {most} bytes in a value")
    yield from _value(buffer, line)


def _value(found: bytes, line: int) -> Iterator[tuple[int, bytes]]:
    value = found.lstrip()
    if value:
        yield line + found.count(b"\n", 0, len(found) - len(value)), value.rstrip()
