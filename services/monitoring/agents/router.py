"""The agent over `opinions.scored`: each text to the keys that follow it, watermarks to all partitions."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from services.clock import now_ms
from services.domain.errors import InvalidMessage
from services.domain.messages import PartitionIdle, ScoredText, WatermarkUpdate
from services.kafka.app import raw_topic
from services.kafka.codec import Codec, encode
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm
from services.kafka.topics import BY_KEY, SCORED
from services.monitoring.agents.broadcast import to_every_partition
from services.monitoring.dead_letters import DeadLetters
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.routing import Router
from services.watchlists.file import WatchlistFile

BATCH = 500
WAIT_SECONDS = 0.05

scored_codec = Codec(ScoredText, WatermarkUpdate, PartitionIdle)


class RouterAgent:
    """Routes batches; one is acknowledged once all that it became is delivered."""

    def __init__(
        self,
        app: Any,
        watchlists: WatchlistFile,
        dead_letters: DeadLetters,
        metrics: MonitoringMetrics,
        partitions: int,
    ) -> None:
        self._watchlists = watchlists
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._router = Router()
        self._partitions = partitions
        """Of `opinions.by_key`."""
        self._by_key = raw_topic(app, BY_KEY)
        app.agent(raw_topic(app, SCORED), concurrency=1, name="router")(self._read)

    async def _read(self, stream: Any) -> None:
        async for events in stream.take_events(BATCH, within=WAIT_SECONDS):
            with crash_only("the router"):
                await self._route(events)

    async def _route(self, events: list[Any]) -> None:
        sends: list[Awaitable[Awaitable[Any]]] = []
        batch: list[ScoredText | WatermarkUpdate | PartitionIdle] = []
        for event in events:
            try:
                batch.append(scored_codec.decode(event.value, now_ms()))
            except InvalidMessage as error:
                sends.append(self._dead_letters.send(error, event))
        routed = self._router.route(batch, self._watchlists.current())
        for keyed in routed.texts:
            sends.append(self._by_key.send(key=keyed.key.encode(), value=encode(keyed), force=True))
        for update in (*routed.watermarks, *routed.idle):
            sends += to_every_partition(self._by_key, update, self._partitions)
        await confirm(sends)
        for message in batch:
            if isinstance(message, ScoredText):
                self._metrics.routed(message)
