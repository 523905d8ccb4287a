"""What every source of texts is, and what those without an end have in common."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod

from services.clock import now_ms
from services.ingest.pipeline import IngestPipeline
from services.observability.pulse import keep_beating

HEARTBEAT_SECONDS = 10.0


class Source(ABC):
    """Where texts come from; `services.ingest.sources` has the steps of a new one."""

    @abstractmethod
    def run(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Hand each record to the pipeline, until there are no more or `stopping` is set; it blocks.

        :raises GroundswellError: when the source cannot be read, or not to its end; what came before was handed over.
        """


class LiveSource(Source):
    """A source without an end, on an event loop of its own with heartbeats beside it."""

    def run(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """Serve until `stopping` is set or the source is gone for good."""
        asyncio.run(self._serve_beside_heartbeats(pipeline, stopping))

    @abstractmethod
    async def serve(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        """As `run`, without heartbeats. The pipeline blocks while the broker is slow: call it in a thread."""

    async def _serve_beside_heartbeats(self, pipeline: IngestPipeline, stopping: threading.Event) -> None:
        beside = [asyncio.create_task(_beat(pipeline, stopping)), asyncio.create_task(keep_beating())]
        try:
            await self.serve(pipeline, stopping)
        finally:
            for task in beside:
                task.cancel()


async def _beat(pipeline: IngestPipeline, stopping: threading.Event) -> None:
    while not stopping.is_set():
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await asyncio.to_thread(pipeline.beat_live, now_ms())
