"""A worker with one table for `test_recovery.py`: python -m tests.harness.recovery_worker BROKER STATE_DIR.

It takes three seconds to seek to the committed offsets and 5 ms for a record, as a busy one does, and writes the
offset of each record to `offsets` in the state folder.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust
from faust.transport.drivers.aiokafka import Consumer

from services.kafka.app import make_app, raw_topic
from services.kafka.topics import Topic
from services.settings import load_settings

APP = "recovery-test"
TABLE = "numbers"
SOURCE = Topic("recovery.source", "none", 1, -1, "delete", "numbers")
CHANGELOG = Topic(f"{APP}-{TABLE}-changelog", "none", 1, -1, "compact", "the table")


class SlowConsumer(Consumer):
    """Takes three seconds to seek to the committed offsets."""

    async def perform_seek(self) -> None:
        """Seek, then answer late."""
        await super().perform_seek()
        await asyncio.sleep(3.0)


def build(broker: str, state: Path) -> Any:
    """The app, not started."""
    app = make_app(APP, load_settings(broker=broker, state_dir=state))
    app.transport.Consumer = SlowConsumer
    app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=1)

    async def read(stream: Any) -> None:
        async for event in stream.events():
            await asyncio.sleep(0.005)
            with (state / "offsets").open("a") as out:
                out.write(f"{event.message.offset}\n")

    app.agent(raw_topic(app, SOURCE), concurrency=1, name="read")(read)
    return app


def run(build: Callable[[str, Path], Any]) -> None:
    """Run the app that is built for the broker and the state folder of the command line; does not return."""
    logging.basicConfig(level="INFO", format="%(asctime)s %(name)s: %(message)s")
    worker = faust.Worker(build(sys.argv[1], Path(sys.argv[2])), override_logging=False, quiet=True, loglevel="INFO")
    worker.execute_from_commandline()


if __name__ == "__main__":
    run(build)
