"""Acknowledges records once the changelog holds what they wrote, so that reading does not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from services.kafka.crash_only import crash_only

MOST_UNCONFIRMED = 1_000
"""Records that may wait for their changelog at most; then reading stops."""


class ChangelogAcknowledger:
    """Acknowledges on `stream`, in order, what was applied to `table`, a `RawTable`."""

    def __init__(self, stream: Any, table: Any) -> None:
        self._stream = stream
        self._table = table
        self._applied: asyncio.Queue[tuple[Any, list[Awaitable[Any]]]] = asyncio.Queue(MOST_UNCONFIRMED)

    async def add(self, event: Any) -> None:
        """A record was applied: it wrote what the table has written since the one before it."""
        await self._applied.put((event, self._table.take_deliveries()))

    async def run(self) -> None:
        """Acknowledge until cancelled."""
        with crash_only("the changelog"):
            while True:
                event, deliveries = await self._applied.get()
                await asyncio.gather(*deliveries)
                await self._stream.ack(event)
