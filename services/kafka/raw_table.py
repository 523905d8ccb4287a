"""A Faust table of bytes whose changelog deliveries can be awaited."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import faust


class RawTable(faust.Table[bytes, bytes]):
    """A table of bytes; Faust would store keys and values as JSON, its changelog reader too.

    It remembers the deliveries of its changelog records: Faust commits the offset of a source record without waiting
    for what that record wrote to the changelog, and a crash in between would lose it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deliveries: list[Awaitable[Any]] = []

    def send_changelog(self, *args: Any, **kwargs: Any) -> Any:
        """Queue one record for the changelog topic; returns its delivery."""
        delivery = super().send_changelog(*args, **kwargs)
        self._deliveries.append(delivery)
        return delivery

    def take_deliveries(self) -> list[Awaitable[Any]]:
        """The deliveries of what was written since the last call; await them before the source is acknowledged."""
        taken, self._deliveries = self._deliveries, []
        return taken

    def _serializer_from_type(self, typ: Any) -> str:
        return "raw"
