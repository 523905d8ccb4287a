"""The agent over `opinions.scored`: each text to the keys that follow it, watermarks to all partitions."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from services.clock import now_ms
from services.domain.errors import InvalidMessage
from services.domain.messages import ScoredText, WatermarkUpdate
from services.kafka.app import raw_topic, record_of
from services.kafka.border import Border
from services.kafka.codec import Codec, encode
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm
from services.kafka.topics import BY_KEY, SCORED
from services.monitoring.agents.broadcast import to_every_partition
from services.monitoring.dead_letters import DeadLetters
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.origins import KnownPartitions
from services.monitoring.routing import Router
from services.settings import Settings
from services.watchlists.file import WatchlistFile

BATCH = 500
WAIT_SECONDS = 0.05

scored_codec = Codec(ScoredText, WatermarkUpdate)


class RouterAgent:
    """Routes batches; one is acknowledged once all that it became is delivered."""

    def __init__(
        self,
        app: Any,
        settings: Settings,
        known: KnownPartitions,
        watchlists: WatchlistFile,
        dead_letters: DeadLetters,
        metrics: MonitoringMetrics,
    ) -> None:
        self._border = Border("router", scored_codec, settings, known.check_scored)
        self._watchlists = watchlists
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._router = Router()
        self._by_key = raw_topic(app, BY_KEY)
        app.agent(raw_topic(app, SCORED), concurrency=1, name="router")(self._read)

    async def _read(self, stream: Any) -> None:
        async for events in stream.take_events(BATCH, within=WAIT_SECONDS):
            with crash_only("the router"):
                for batch in self._border.batches(events, record_of):
                    await self._route(batch)

    async def _route(self, events: Sequence[Any]) -> None:
        read = [(self._border.read(record_of(event), now_ms()), event) for event in events]
        batch: list[ScoredText | WatermarkUpdate] = [each for each, _ in read if not isinstance(each, InvalidMessage)]
        dead = [(each, event) for each, event in read if isinstance(each, InvalidMessage)]
        used = [record_of(event) for each, event in read if not isinstance(each, InvalidMessage)]
        with self._border.in_hand(used):
            routed = self._router.route(batch, self._watchlists.current())
            records = [(keyed.key.encode(), encode(keyed)) for keyed in routed.texts]
        self._border.finished(used)
        sends: list[Awaitable[Awaitable[Any]]] = [self._dead_letters.send(error, event) for error, event in dead]
        sends += [self._by_key.send(key=key, value=value, force=True) for key, value in records]
        for update in routed.watermarks:
            sends += to_every_partition(self._by_key, update)
        await confirm(sends)
        for error, event in dead:
            self._border.buried(error, record_of(event))
        for message in batch:
            if isinstance(message, ScoredText):
                self._metrics.routed(message)
