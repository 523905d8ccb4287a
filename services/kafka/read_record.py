"""One record on its way from a topic."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from services.domain.messages import Origin


class ReadRecord(NamedTuple):
    """A record as it was read."""

    origin: Origin
    value: bytes | None

    def checksum(self) -> int:
        """Tells it from the record of another broker at the same place."""
        return zlib.crc32(self.value or b"")
