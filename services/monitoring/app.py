"""Monitoring's Faust wiring: the router over `opinions.scored`, the detector over `opinions.by_key`."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable
from typing import Any

from services.common.clock import now_ms
from services.common.codec import Codec, encode
from services.common.config import Settings
from services.common.errors import InvalidMessage
from services.common.messages import Mention, Origin, Progress, ScoredText
from services.common.metrics import Metrics
from services.common.topics import (
    ALERTS,
    BY_KEY,
    COMMENTS_RAW,
    DEAD,
    MONITOR_APP,
    MONITOR_TABLE,
    NEWS_RAW,
    SCORED,
)
from services.common.worker import confirm, crash_only, dead_letter_send, make_app, origin_of, raw_topic
from services.monitoring.detector.params import MINUTE_MS, Params
from services.monitoring.gauges import Gauges
from services.monitoring.keeper import TICK_TOPIC, Keeper
from services.monitoring.router import Router
from services.monitoring.watermark import Watermark

ROUTER_BATCH = 500
ROUTER_WAIT_SECONDS = 0.05
MOST_UNCONFIRMED = 1_000
"""Records that may wait for their changelog at most; then reading stops."""
STAGE = "monitoring"

scored_codec = Codec(ScoredText, Progress)
by_key_codec = Codec(Mention, Progress)


class Monitor:
    """The wiring of one monitoring process."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.app = make_app(MONITOR_APP, settings)
        self.params = Params(raise_at=settings.raise_at, clear_at=settings.raise_at / 2)
        self.gauges = Gauges(metrics, settings.entity_series)
        self.router = Router()
        self.keepers: dict[int, Keeper] = {}
        self.scored = raw_topic(self.app, SCORED)
        self.by_key = raw_topic(self.app, BY_KEY)
        self.alerts = raw_topic(self.app, ALERTS)
        self.dead = raw_topic(self.app, DEAD)
        options = {"driver": "rocksdict"} if settings.store == "rocksdb" else {}
        self.table = self.app.Table(
            MONITOR_TABLE,
            key_type=bytes,
            value_type=bytes,
            partitions=BY_KEY.partitions,
            options=options,
            help="one record a followed key",
        )
        self.app.agent(self.scored, concurrency=1, name="router")(self._route)
        self.app.agent(self.by_key, concurrency=1, name="detector")(self._detect)
        self.app.timer(1.0)(self._tick)
        self.app.on_partitions_revoked.connect(self._forget)

    async def _route(self, stream: Any) -> None:
        async for events in stream.take_events(ROUTER_BATCH, within=ROUTER_WAIT_SECONDS):
            with crash_only("the router"):
                await self._route_batch(events)

    async def _route_batch(self, events: list[Any]) -> None:
        sends: list[Awaitable[Awaitable[Any]]] = []
        batch: list[ScoredText | Progress] = []
        for event in events:
            try:
                batch.append(scored_codec.decode(event.value, now_ms()))
            except InvalidMessage as error:
                sends.append(self._bury(error, event))
        routed = self.router.route(batch)
        for mention in routed.mentions:
            sends.append(self.by_key.send(key=mention.key.encode(), value=encode(mention), force=True))
        for progress in routed.progress:
            value = encode(progress)
            for partition in range(BY_KEY.partitions):
                sends.append(self.by_key.send(key=b"", value=value, partition=partition, force=True))
        await confirm(sends)
        for message in batch:
            if isinstance(message, ScoredText):
                self.metrics.texts_in.labels(STAGE, message.kind).inc()
                if message.lang == "other":
                    self.metrics.unsupported.labels(message.kind).inc()
                self.gauges.scored(message)

    async def _detect(self, stream: Any) -> None:
        """Apply records one by one; each is acknowledged once the table's changelog holds what it wrote."""
        with crash_only("the detector"):
            manual = stream.noack()
            written: asyncio.Queue[tuple[Any, list[Awaitable[Any]]]] = asyncio.Queue(MOST_UNCONFIRMED)
            async with asyncio.TaskGroup() as tasks:
                helper = tasks.create_task(self._acknowledge(manual, written))
                async for event in manual.events():
                    await self._detect_one(event)
                    await written.put((event, self.table.take_deliveries()))
                helper.cancel()  # the stream ended: the worker stops

    async def _acknowledge(self, stream: Any, written: asyncio.Queue[tuple[Any, list[Awaitable[Any]]]]) -> None:
        with crash_only("the changelog"):
            while True:
                event, deliveries = await written.get()
                await asyncio.gather(*deliveries)
                await stream.ack(event)

    async def _detect_one(self, event: Any) -> None:
        try:
            message = by_key_codec.decode(event.value, now_ms())
        except InvalidMessage as error:
            await confirm([self._bury(error, event)])
            return
        keeper = self._keeper(event.message.partition)
        if isinstance(message, Mention):
            text = message.text
            if not keeper.mention(message):
                self.metrics.late.labels(text.kind).inc()
            self.metrics.texts_out.labels(STAGE, text.kind).inc()
            self.metrics.lag.labels(STAGE).observe(max(now_ms() - text.first_seen_at, 0) / 1000)
            self.metrics.event_lag.labels(STAGE).observe(max(now_ms() - text.published_at, 0) / 1000)
        else:
            await self._advance(keeper, message)
        self.metrics.last_progress.labels(STAGE).set_to_current_time()

    async def _advance(self, keeper: Keeper, progress: Progress) -> None:
        for key, record, alerts in keeper.progress(progress, time.monotonic()):
            await confirm(self.alerts.send(key=key.encode(), value=encode(a), force=True) for a in alerts)
            for alert in alerts:
                self.gauges.sent(alert)
            keeper.keep(key, record)
        if keeper.applied_watermark is not None:
            label = str(keeper.partition)
            self.metrics.watermark.labels(label).set(keeper.applied_watermark / 1000)

    def _keeper(self, partition: int) -> Keeper:
        """The keeper of a partition, made from the recovered table when the first record after it comes."""
        keeper = self.keepers.get(partition)
        if keeper is None:
            raw = [f"{t.name}/{p}" for t in (NEWS_RAW, COMMENTS_RAW) for p in range(t.partitions)]
            watermark = Watermark(raw, self.settings.idle_seconds, time.monotonic())
            lateness = self.settings.lateness_minutes * MINUTE_MS
            keeper = Keeper(partition, self.table, watermark, self.params, lateness)
            self.keepers[partition] = keeper
            for key, incident in keeper.open_incidents():
                self.gauges.found_open(key, incident.id, incident.severity, incident.raised_at)
        return keeper

    async def _tick(self) -> None:
        """Once a second: trends to the gauges, and a look at partitions held up by silent raw ones."""
        with crash_only("the timer"):
            self.gauges.show_trends()
            self.gauges.show_keys(sum((keeper.keys for keeper in self.keepers.values()), Counter()))
            due = [p for p, keeper in self.keepers.items() if keeper.wants_tick(time.monotonic())]
            await confirm(
                self.by_key.send(
                    key=b"",
                    value=encode(Progress(origin=Origin(topic=TICK_TOPIC, partition=p, offset=-1), time=0)),
                    partition=p,
                    force=True,
                )
                for p in due
            )

    async def _forget(self, *_: Any, **__: Any) -> None:
        """After a rebalance every keeper is made anew from the table."""
        self.keepers.clear()

    def _bury(self, error: InvalidMessage, event: Any) -> Awaitable[Awaitable[Any]]:
        self.metrics.texts_dead.labels(STAGE, error.reason).inc()
        return dead_letter_send(self.dead, STAGE, error, event.value, origin_of(event))
