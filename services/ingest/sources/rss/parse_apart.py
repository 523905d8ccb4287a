"""A feed is parsed in a process of its own: a hostile one can take no more time and memory than that may."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from typing import Any

import msgspec

from services.clock import now_ms
from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.parse import parse_feed
from services.ingest.sources.rss.refusal import Refusal

WALL_FACTOR = 4
"""Of the CPU seconds, on a machine that is busy with something else."""


class Budget(msgspec.Struct, frozen=True):
    """What parsing a feed may take."""

    cpu_seconds: int
    memory_bytes: int


def budget_for(size_bytes: int) -> Budget:
    """What honest feeds of that size take, several times over."""
    return Budget(cpu_seconds=10 + size_bytes // 1_000_000, memory_bytes=256_000_000 + 32 * size_bytes)


Records = list[dict[str, object]]


class _Task(msgspec.Struct):
    body: bytes
    url: str
    content_type: str
    source: str
    seen: int
    cut: bool
    budget: Budget


class _Result(msgspec.Struct):
    records: list[dict[str, Any]] = []
    refusal: str = ""
    """One of `RESULTS`, none where the feed was read."""
    why: str = ""


async def parse_apart(page: Page, source: str, budget: Budget | None = None) -> Records:
    """`parse_feed` of a page, in a process that has no more than `budget` and where our settings and secrets are not.

    :raises Refusal: as `parse_feed` does, and `bad_content` when it takes more.
    """
    body = page.body or b""
    budget = budget or budget_for(len(body))
    task = msgspec.msgpack.encode(_Task(body, page.url, page.content_type, source, now_ms(), page.cut, budget))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("GROUNDSWELL_")},
    )
    try:
        async with asyncio.timeout(WALL_FACTOR * budget.cpu_seconds):
            answer, _ = await process.communicate(task)
    except TimeoutError:
        answer = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Refusal(
            "bad_content",
            f"{page.url}: parsing takes more than {budget.cpu_seconds} s or {budget.memory_bytes // 1_000_000} MB "
            f"(the parser ended with status {process.returncode})",
        )
    result = msgspec.msgpack.decode(answer, type=_Result)
    if result.refusal:
        raise Refusal(result.refusal, result.why)
    return result.records


def main() -> None:
    """The process: a task on standard input, its result on standard output."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Task)
    resource.setrlimit(resource.RLIMIT_AS, (task.budget.memory_bytes, task.budget.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (task.budget.cpu_seconds, task.budget.cpu_seconds))
    try:
        result = _Result(
            records=parse_feed(task.body, task.url, task.content_type, task.source, task.seen, cut=task.cut)
        )
    except Refusal as refusal:
        result = _Result(refusal=refusal.result, why=str(refusal))
    sys.stdout.buffer.write(msgspec.msgpack.encode(result))


if __name__ == "__main__":
    main()
