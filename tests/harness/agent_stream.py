"""What a Faust agent reads from and sends to, without a broker: its acknowledgements and sends can be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from types import SimpleNamespace
from typing import Any

WAIT_SECONDS = 20


class FakeTopic:
    """Remembers what is sent; a delivery is confirmed by the test, or at once."""

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once
        self.sent: list[dict[str, Any]] = []
        self.deliveries: list[asyncio.Future[None]] = []

    async def send(self, **record: Any) -> asyncio.Future[None]:
        """Send a record; what comes back is its delivery."""
        delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.at_once:
            delivery.set_result(None)
        self.sent.append(record)
        self.deliveries.append(delivery)
        return delivery


class FakeStream:
    """The part of a Faust stream that agents use; behind its records it waits for ever for more."""

    def __init__(self, values: Iterable[bytes], *, topic: str = "news.raw", partition: int = 2) -> None:
        self._events = [
            SimpleNamespace(
                key=b"source",
                value=value,
                message=SimpleNamespace(topic=topic, partition=partition, offset=offset),
            )
            for offset, value in enumerate(values)
        ]
        self.acked: list[int] = []

    def noack(self) -> FakeStream:
        """The stream with acknowledgements by hand."""
        return self

    async def events(self) -> AsyncIterator[Any]:
        """The records one by one."""
        for event in self._events:
            yield event
        await asyncio.Event().wait()

    async def take_events(self, most: int, within: float) -> AsyncIterator[list[Any]]:
        """The records in batches, without waiting."""
        for at in range(0, len(self._events), most):
            yield self._events[at : at + most]

    async def ack(self, event: Any) -> None:
        """Acknowledge a record."""
        self.acked.append(event.message.offset)


class FakeTable(dict[bytes, bytes]):
    """A table with a delivery for each write; the changelog confirms it when the test does, or at once."""

    def __init__(self, *, at_once: bool = True) -> None:
        super().__init__()
        self.at_once = at_once
        self.unconfirmed: list[asyncio.Future[None]] = []
        self._deliveries: list[asyncio.Future[None]] = []

    def __setitem__(self, key: bytes, value: bytes) -> None:
        super().__setitem__(key, value)
        self._deliver()

    def _deliver(self) -> None:
        delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.at_once:
            delivery.set_result(None)
        else:
            self.unconfirmed.append(delivery)
        self._deliveries.append(delivery)

    def __delitem__(self, key: bytes) -> None:
        super().__delitem__(key)
        self._deliver()

    def take_over(self, partition: int) -> None:
        """A writer begins; its epoch is not written."""

    def take_deliveries(self) -> list[asyncio.Future[None]]:
        """The deliveries of what was written since the last call."""
        taken, self._deliveries = self._deliveries, []
        return taken


async def until(condition: Callable[[], object]) -> None:
    """Let other tasks run until `condition` holds.

    :raises TimeoutError: when it does not within 20 seconds.
    """
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():
            await asyncio.sleep(0)
