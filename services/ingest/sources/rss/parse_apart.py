"""A feed is parsed in a process of its own: a hostile one can take no more time and memory than that may."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from typing import Any

import msgspec

from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.parse import parse_feed
from services.ingest.sources.rss.refusal import Refusal

CPU_SECONDS = 10
MEMORY_BYTES = 512_000_000
WALL_SECONDS = 60.0
"""On a machine that is busy with something else."""

Records = list[dict[str, object]]


class _Task(msgspec.Struct):
    body: bytes
    url: str
    content_type: str
    source: str
    cpu_seconds: int


class _Result(msgspec.Struct):
    records: list[dict[str, Any]] = []
    refused: str = ""


async def parse_apart(page: Page, source: str, cpu_seconds: int = CPU_SECONDS) -> Records:
    """`parse_feed` of a page, for at most `cpu_seconds` and `MEMORY_BYTES`, where our settings and secrets are not.

    :raises Refusal: `bad_content` when it is no feed, or takes more.
    """
    task = msgspec.msgpack.encode(_Task(page.body or b"", page.url, page.content_type, source, cpu_seconds))
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
        async with asyncio.timeout(WALL_SECONDS):
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
            f"{page.url}: parsing takes more than {cpu_seconds} s or {MEMORY_BYTES // 1_000_000} MB "
            f"(the parser ended with status {process.returncode})",
        )
    result = msgspec.msgpack.decode(answer, type=_Result)
    if result.refused:
        raise Refusal("bad_content", result.refused)
    return result.records


def main() -> None:
    """The process: a task on standard input, its result on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Task)
    resource.setrlimit(resource.RLIMIT_CPU, (task.cpu_seconds, task.cpu_seconds))
    try:
        result = _Result(records=parse_feed(task.body, task.url, task.content_type, task.source))
    except Refusal as refusal:
        result = _Result(refused=str(refusal))
    sys.stdout.buffer.write(msgspec.msgpack.encode(result))


if __name__ == "__main__":
    main()
