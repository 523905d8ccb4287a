"""A stream of bytes in another encoding, as it comes."""

from __future__ import annotations

import codecs
import io
from typing import IO


class Recoded(io.RawIOBase):
    """`first` and then `rest`, both in `encoding`, as UTF-8; what is no character becomes U+FFFD."""

    def __init__(self, first: bytes, rest: IO[bytes], encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._rest = rest
        self._ready = self._recode(first)
        self._ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # BufferedReader gives a memoryview
        """The next bytes; 0 at the end."""
        while not self._ready and not self._ended:
            piece = self._rest.readline(io.DEFAULT_BUFFER_SIZE)
            self._ended = not piece
            self._ready = self._recode(piece, last=self._ended)
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _recode(self, data: bytes, last: bool = False) -> bytes:
        return self._decoder.decode(data, last).encode("utf-8", "replace")
