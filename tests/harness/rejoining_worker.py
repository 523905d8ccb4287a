"""A worker whose group rebalances while it reads: python -m tests.harness.rejoining_worker BROKER STATE_DIR.

Once it has read all records it joins its group anew, as it must when another worker comes or goes. It waits for records
for longer than it takes to join, as a fetch does that began just before, and is slow to resume its streams. It commits
nothing, and writes the offset of each record to `offsets` in the state folder.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from services.kafka.app import make_app, raw_topic
from services.kafka.stream_consumer import StreamConsumer
from services.kafka.topics import Topic
from services.settings import load_settings
from tests.harness.recovery_worker import run

APP = "rejoin-test"
RECORDS = 50
SOURCE = Topic("rejoin.source", "none", 1, -1, "delete", "numbers")


class SlowConsumer(StreamConsumer):
    """Fetches for ten seconds, and takes three to seek after it has joined anew."""

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:
        return await super()._getmany(active_partitions, 10.0)

    async def perform_seek(self) -> None:
        """Seek, then answer late."""
        await super().perform_seek()
        await asyncio.sleep(3.0 if self.app.rebalancing_count > 1 else 0.0)


def build(broker: str, state: Path) -> Any:
    """The app, not started."""
    app = make_app(APP, load_settings(broker=broker, state_dir=state))
    app.conf.broker_commit_interval = 3_600.0
    app.transport.Consumer = SlowConsumer

    async def read(stream: Any) -> None:
        async for event in stream.events():
            with (state / "offsets").open("a") as out:
                out.write(f"{event.message.offset}\n")
            if event.message.offset == RECORDS - 1 and app.rebalancing_count == 1:
                await asyncio.sleep(1.0)  # the next fetch has begun by then
                thread = app.consumer._thread
                thread.thread_loop.call_soon_threadsafe(thread._consumer._coordinator.request_rejoin)

    app.agent(raw_topic(app, SOURCE), concurrency=1, name="read")(read)
    return app


if __name__ == "__main__":
    run(build)
