"""Monitoring's Faust wiring: the router over `opinions.scored`, the detector over `opinions.by_key`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Iterator
from typing import Any

from services.clock import now_ms
from services.companies.dictionary import shipped_names
from services.detector.budget_status import budget_status
from services.detector.context import Context
from services.detector.shared import DailyAggregate
from services.domain.errors import InvalidMessage
from services.domain.event_time import MINUTE_MS
from services.domain.messages import KeyedText, Origin, ScoredText, Stage, WatermarkUpdate
from services.kafka.codec import Codec, encode
from services.kafka.faust_app import confirm, crash_only, dead_letter_send, make_app, origin_of, raw_topic
from services.kafka.topics import (
    ALERTS,
    BUDGET,
    BY_KEY,
    COMMENTS_RAW,
    DEAD,
    MONITOR_APP,
    MONITOR_TABLE,
    NEWS_RAW,
    SCORED,
)
from services.monitoring.agents.market import MarketAgent
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.partition_processor import TICK_TOPIC, KeyUpdate, PartitionProcessor, Step
from services.monitoring.router import Router
from services.monitoring.watermark import Watermark
from services.observability.metrics import Metrics
from services.settings import Settings
from services.watchlists.file import WatchlistFile

ROUTER_BATCH = 500
ROUTER_WAIT_SECONDS = 0.05
MOST_UNCONFIRMED = 1_000
"""Records that may wait for their changelog at most; then reading stops."""
STAGE: Stage = "monitoring"

log = logging.getLogger(__name__)

scored_codec = Codec(ScoredText, WatermarkUpdate)
by_key_codec = Codec(KeyedText, WatermarkUpdate, DailyAggregate)


class MonitoringWorker:
    """The wiring of one monitoring process."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.app = make_app(MONITOR_APP, settings)
        self.watchlists = WatchlistFile(settings.watchlists)
        self.gauges = MonitoringMetrics(metrics, settings.entity_series)
        self.router = Router()
        self.keepers: dict[int, PartitionProcessor] = {}
        self.waiting: dict[int, deque[Any]] = {}
        """Records of partitions whose keeper is blocked, in order; None of a message marks one that was applied."""
        self.written: asyncio.Queue[tuple[Any, list[Awaitable[Any]]]] = asyncio.Queue(MOST_UNCONFIRMED)
        self.scored = raw_topic(self.app, SCORED)
        self.by_key = raw_topic(self.app, BY_KEY)
        self.alerts = raw_topic(self.app, ALERTS)
        self.dead = raw_topic(self.app, DEAD)
        self.budget = raw_topic(self.app, BUDGET)
        self.told_day: int | None = None
        """The day as of whose end it was told what keeps the budgets."""
        options = {"driver": "rocksdict"} if settings.store == "rocksdb" else {}
        self.table = self.app.Table(
            MONITOR_TABLE,
            key_type=bytes,
            value_type=bytes,
            partitions=BY_KEY.partitions,
            options=options,
            help="one record a followed key",
        )
        self.market = MarketAgent(self.app, options, self.gauges.sent)
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
        batch: list[ScoredText | WatermarkUpdate] = []
        for event in events:
            try:
                batch.append(scored_codec.decode(event.value, now_ms()))
            except InvalidMessage as error:
                sends.append(self._bury(error, event))
        routed = self.router.route(batch, self.watchlists.current())
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
            async with asyncio.TaskGroup() as tasks:
                helper = tasks.create_task(self._acknowledge(manual))
                async for event in manual.events():
                    await self._detect_one(event)
                helper.cancel()  # the stream ended: the worker stops

    async def _acknowledge(self, stream: Any) -> None:
        with crash_only("the changelog"):
            while True:
                event, deliveries = await self.written.get()
                await asyncio.gather(*deliveries)
                await stream.ack(event)

    async def _detect_one(self, event: Any) -> None:
        """Apply a record, or hold it back while its keeper waits for the sums of a day from another partition."""
        try:
            message = by_key_codec.decode(event.value, now_ms())
        except InvalidMessage as error:
            await confirm([self._bury(error, event)])
            message = None
        keeper = self._keeper(event.message.partition)
        waiting = self.waiting.setdefault(keeper.partition, deque())
        if isinstance(message, DailyAggregate):
            keeper.receive(message)
            await self._take(keeper, keeper.resume())
            message = None
        waiting.append((event, message))
        while waiting and (not keeper.blocked or waiting[0][1] is None):
            held, content = waiting.popleft()
            if content is not None:
                await self._apply(keeper, content)
            if not self._is_current(keeper):
                return  # not acknowledged: whoever holds the partition now reads it again
            await self.written.put((held, self.table.take_deliveries()))

    async def _apply(self, keeper: PartitionProcessor, message: KeyedText | WatermarkUpdate) -> None:
        if isinstance(message, KeyedText):
            text = message.text
            if not keeper.mention(message):
                self.metrics.late.labels(text.kind).inc()
            self.gauges.mentioned(message)
            self.metrics.texts_out.labels(STAGE, text.kind).inc()
            self.metrics.lag.labels(STAGE).observe(max(now_ms() - text.first_seen_at, 0) / 1000)
            self.metrics.event_lag.labels(STAGE).observe(max(now_ms() - text.published_at, 0) / 1000)
        else:
            await self._take(keeper, keeper.progress(message, time.monotonic()))
        self.metrics.last_progress.labels(STAGE).set_to_current_time()

    async def _take(self, keeper: PartitionProcessor, steps: Iterator[Step]) -> None:
        """Do what a keeper asks for; nothing more after a rebalance, since its partition may be another worker's."""
        for step in steps:
            await self._send(keeper, step)
            if not self._is_current(keeper):
                return
            if isinstance(step, KeyUpdate):
                keeper.keep(step.key, step.record)
        if keeper.partition == 0 and keeper.context.pool.day != self.told_day:
            self.told_day = keeper.context.pool.day
            await self.budget.send(key=b"", value=encode(budget_status(keeper.context)), force=True)
        if keeper.applied_watermark is not None:
            await self.market.passed(keeper.partition, keeper.applied_watermark)
            label = str(keeper.partition)
            self.metrics.watermark.labels(label).set(keeper.applied_watermark / 1000)

    async def _send(self, keeper: PartitionProcessor, step: Step) -> None:
        """Send the alerts of a key, or the sums of a day to all partitions."""
        if isinstance(step, DailyAggregate):
            value = encode(step)
            await confirm(
                self.by_key.send(key=b"", value=value, partition=partition, force=True)
                for partition in range(BY_KEY.partitions)
            )
            return
        key = str(step.key).encode()
        await confirm(self.alerts.send(key=key, value=encode(a), force=True) for a in step.alerts)
        for alert in step.alerts:
            self.gauges.sent(alert)
        if step.alerts:
            await self.market.tell(step.alerts, keeper.context.pool.keys.get(step.key.kind, 0))

    def _is_current(self, keeper: PartitionProcessor) -> bool:
        """False once a rebalance came in between."""
        return self.keepers.get(keeper.partition) is keeper

    def _keeper(self, partition: int) -> PartitionProcessor:
        """The keeper of a partition, made from the recovered table when the first record after it comes."""
        keeper = self.keepers.get(partition)
        if keeper is None:
            raw = [f"{t.name}/{p}" for t in (NEWS_RAW, COMMENTS_RAW) for p in range(t.partitions)]
            watermark = Watermark(raw, self.settings.idle_seconds, time.monotonic())
            lateness = self.settings.lateness_minutes * MINUTE_MS
            context = Context(self.watchlists.current(), names=shipped_names())
            keeper = PartitionProcessor(partition, BY_KEY.partitions, self.table, watermark, context, lateness)
            self.keepers[partition] = keeper
        return keeper

    async def _tick(self) -> None:
        """Once a second: trends to the gauges, and a tick for partitions that stand still: nothing came since they were
        assigned, or silent raw ones hold them up.
        """
        with crash_only("the timer"):
            await self.look_at_watchlists()
            self.gauges.show_trends()
            self.gauges.show_companies()
            for keeper in list(self.keepers.values())[:1]:
                self.gauges.show_budget(keeper.context)
            self.gauges.show_keys(sum((keeper.keys for keeper in self.keepers.values()), Counter()))
            held = (one.partition for one in self.app.consumer.assignment() if one.topic == BY_KEY.name)
            due = [p for p in held if p not in self.keepers or self.keepers[p].wants_tick(time.monotonic())]
            await confirm(
                self.by_key.send(
                    key=b"",
                    value=encode(WatermarkUpdate(origin=Origin(topic=TICK_TOPIC, partition=p, offset=-1), time=0)),
                    partition=p,
                    force=True,
                )
                for p in due
            )

    async def look_at_watchlists(self) -> None:
        """Take up a changed file; a bad one is refused, said once, and the one in use stays."""
        change = await asyncio.to_thread(self.watchlists.check)
        if change is None:
            return
        self.metrics.watchlists_refused.set(0 if change.error is None else 1)
        if change.error is not None:
            log.error("watchlists: %s", change.error)
            return
        log.info("watchlists: a changed file was taken up")
        for keeper in self.keepers.values():
            keeper.context.watchlists = self.watchlists.current()

    async def _forget(self, *_: Any, **__: Any) -> None:
        """After a rebalance every keeper is made anew from the table."""
        self.keepers.clear()
        self.waiting.clear()

    def _bury(self, error: InvalidMessage, event: Any) -> Awaitable[Awaitable[Any]]:
        self.metrics.texts_dead.labels(STAGE, error.reason).inc()
        return dead_letter_send(self.dead, STAGE, error, event.value, origin_of(event))
