"""Micro-batches at the asyncio edge: order, back-pressure, filling while a batch runs."""

from __future__ import annotations

import asyncio
from threading import Event, Semaphore

import pytest

from services.scoring.batch_buffer import BatchBuffer
from services.scoring.micro_batcher import MicroBatcher


class Runner:
    """Doubles numbers, one batch for each permit; remembers the batches."""

    def __init__(self, permits: int = 0) -> None:
        self.permits = Semaphore(permits)
        self.started = Event()
        self.batches: list[list[int]] = []

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.started.set()
        assert self.permits.acquire(timeout=10)
        return [2 * item for item in items]


def batcher(run: Runner, capacity: int = 4, wait_seconds: float = 60.0) -> MicroBatcher[int, int]:
    return MicroBatcher(run, lambda _: 1, BatchBuffer(capacity, wait_seconds, capacity, capacity))


async def take(batches: MicroBatcher[int, int], count: int) -> list[tuple[int, int]]:
    """The first `count` items and results."""
    out: list[tuple[int, int]] = []
    async for items, results in batches.batches():
        out += zip(items, results, strict=True)
        if len(out) >= count:
            break
    return out


async def fill(batches: MicroBatcher[int, int], numbers: range) -> None:
    for number in numbers:
        await batches.put(number)


async def test_results_come_in_the_order_of_arrival() -> None:
    each = batcher(Runner(permits=100))
    putting = asyncio.create_task(fill(each, range(40)))
    assert await take(each, 40) == [(n, 2 * n) for n in range(40)]
    await putting
    each.close()


async def test_the_next_batch_fills_while_one_runs_and_reading_stops_when_it_is_full() -> None:
    run = Runner()
    each = batcher(run, capacity=4)
    putting = asyncio.create_task(fill(each, range(12)))
    taking = asyncio.create_task(take(each, 12))
    await asyncio.to_thread(run.started.wait, 10)
    while len(each) < 4:
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert (run.batches, len(each), putting.done()) == ([[0, 1, 2, 3]], 4, False)
    for _ in range(3):
        run.permits.release()
    assert [item for item, _ in await taking] == list(range(12))
    assert run.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    await putting
    each.close()


async def test_a_lonely_item_goes_out_at_its_deadline() -> None:
    each = batcher(Runner(permits=1), wait_seconds=0.01)
    await each.put(7)
    async with asyncio.timeout(10):
        assert await take(each, 1) == [(7, 14)]
    each.close()


async def test_what_the_run_raises_reaches_the_reader() -> None:
    def fails(items: list[int]) -> list[int]:
        raise ArithmeticError("not finite")

    each: MicroBatcher[int, int] = MicroBatcher(fails, lambda _: 1, BatchBuffer(1, 1.0, 1, 1))
    await each.put(1)
    with pytest.raises(ArithmeticError, match="not finite"):
        await take(each, 1)
    each.close()
