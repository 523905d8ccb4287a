"""Micro-batches at the asyncio edge: fills the next batch while the last one runs in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from services.scoring.batch_buffer import BatchBuffer

T = TypeVar("T")
R = TypeVar("R")


class MicroBatcher(Generic[T, R]):
    """Runs items in batches through `run`, which gives one result an item, in order.

    `tokens` estimates the length of an item. One task puts, one task iterates over `batches`.
    """

    def __init__(self, run: Callable[[list[T]], list[R]], tokens: Callable[[T], int], buffer: BatchBuffer[T]) -> None:
        self._run = run
        self._tokens = tokens
        self._buffer = buffer
        self._room = asyncio.Event()
        self._changed = asyncio.Event()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="inference")

    def __len__(self) -> int:
        """Items that wait."""
        return len(self._buffer)

    async def put(self, item: T) -> None:
        """Add one item; waits while the buffer is full."""
        while not self._buffer.has_room:
            self._room.clear()
            await self._room.wait()
        before = self._buffer.due_at()
        self._buffer.add(item, self._tokens(item), asyncio.get_running_loop().time())
        if self._buffer.due_at() != before:  # the first one, or the one that made it full
            self._changed.set()

    async def batches(self) -> AsyncIterator[tuple[list[T], list[R]]]:
        """The items and results of one batch after the other, in the order in which the items came.

        :raises Exception: whatever `run` raises.
        """
        loop = asyncio.get_running_loop()
        while True:
            await self._due()
            items = self._buffer.take()
            self._room.set()
            yield items, await loop.run_in_executor(self._executor, self._run, items)

    def close(self) -> None:
        """Let the thread go; a batch that runs is not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _due(self) -> None:
        """Return once the buffer holds a batch that is due."""
        loop = asyncio.get_running_loop()
        while (due_at := self._buffer.due_at()) is None or due_at > loop.time():
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due_at):
                    await self._changed.wait()
