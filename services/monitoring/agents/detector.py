"""The agent over `opinions.by_key`: texts, watermarks and daily aggregates in, incidents out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

from services.clock import now_ms
from services.companies.company_names import names_in_use
from services.detector.context import Context
from services.detector.shared import DailyAggregate
from services.domain.errors import InvalidMessage
from services.domain.event_time import MINUTE_MS
from services.domain.messages import KeyedText, PartitionIdle, WatermarkUpdate
from services.kafka.app import raw_topic, record_of
from services.kafka.border import Border
from services.kafka.codec import Codec
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm
from services.kafka.partition_counts import PartitionCounts
from services.kafka.topics import BY_KEY, MONITOR_TABLE
from services.monitoring.acknowledger import ChangelogAcknowledger
from services.monitoring.agents.output import PartitionOutput
from services.monitoring.dead_letters import DeadLetters
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.origins import OriginChecks
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.partition_queue import PartitionQueue
from services.monitoring.partition_table import PartitionTable
from services.monitoring.steps import KeyUpdate, Step
from services.monitoring.watermark import Watermark
from services.settings import Settings
from services.watchlists.file import WatchlistFile

by_key_codec = Codec(KeyedText, WatermarkUpdate, PartitionIdle, DailyAggregate)
STEPS_AT_ONCE = 100
"""Then others have their turn, the pulse of the worker among them: a minute of many keys has as many steps."""


class DetectorAgent:
    """Applies records one by one; each is acknowledged once the table's changelog holds what it wrote."""

    def __init__(
        self,
        app: Any,
        options: dict[str, Any],
        settings: Settings,
        watchlists: WatchlistFile,
        output: PartitionOutput,
        dead_letters: DeadLetters,
        metrics: MonitoringMetrics,
        counts: PartitionCounts,
    ) -> None:
        self._app = app
        self._border = Border("detector", by_key_codec, settings, OriginChecks(counts).by_key)
        self._settings = settings
        self._watchlists = watchlists
        self._output = output
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._counts = counts
        self._by_key = raw_topic(app, BY_KEY)
        self._queues: dict[int, PartitionQueue[Any]] = {}
        self._rebalances = 0
        self._table = app.Table(
            MONITOR_TABLE,
            key_type=bytes,
            value_type=bytes,
            partitions=counts.of(BY_KEY),
            options=options,
            help="one record a followed key",
        )
        app.agent(self._by_key, concurrency=1, name="detector")(self._read)
        app.on_partitions_revoked.connect(self._forget)

    def take_up_watchlists(self) -> None:
        """Follow what the watchlists name now."""
        for queue in self._queues.values():
            queue.processor.follow(self._watchlists.current())

    def is_held_back(self) -> bool:
        """Whether a partition waits for the aggregates of a day from another one, another worker's perhaps."""
        return any(queue.is_held_back for queue in self._queues.values())

    def show(self) -> None:
        """Set the gauges of followed keys and of what keeps the budgets."""
        processors = [queue.processor for queue in self._queues.values()]
        self._metrics.show_keys(sum((one.key_counts for one in processors), Counter()))
        for one in processors[:1]:
            self._metrics.show_budget(one.context)

    async def _read(self, stream: Any) -> None:
        with crash_only("the detector"):
            manual = stream.noack()
            acknowledger = ChangelogAcknowledger(manual, self._table)
            async with asyncio.TaskGroup() as tasks:
                acknowledging = tasks.create_task(acknowledger.run())
                async for event in manual.events():
                    await self._process(event, acknowledger)
                acknowledging.cancel()  # the stream ended: the worker stops

    async def _process(self, event: Any, acknowledger: ChangelogAcknowledger) -> None:
        """Apply a record, or hold it back while its partition waits for the aggregates of a day from another one."""
        self._output.lease.check()
        rebalances, partition = self._rebalances, event.message.partition
        message = self._border.read(record_of(event), now_ms())
        if isinstance(message, InvalidMessage):
            await confirm([self._dead_letters.send(message, event)])
            self._border.buried(message, record_of(event))
            message = None
        poison = [] if partition in self._queues else await self._bury_poison(partition)
        if self._rebalances != rebalances:
            return  # not acknowledged: whoever has the partition now reads it again
        queue = self._queues.get(partition) or self._take_over(partition, poison)
        await self._do(queue, event, queue.add(event, message))
        if not self._is_current(queue):
            return
        for record, content in queue.ready():
            self._output.lease.check()
            if isinstance(content, KeyedText):
                with self._border.in_hand([record_of(record)]):
                    in_time = queue.processor.put(content)
                self._metrics.put(content, in_time=in_time)
            elif content is not None:
                await self._do(queue, record, queue.processor.advance(content))
            if content is not None:
                self._border.finished([record_of(record)])
                self._metrics.finished()
            if not self._is_current(queue):
                return  # not acknowledged: whoever has the partition now reads it again
            await acknowledger.add(record)

    async def _do(self, queue: PartitionQueue[Any], event: Any, steps: Iterator[Step]) -> None:
        """Do what a processor asks for when a record comes; nothing more after a rebalance: its partition may be
        another worker's.
        """
        processor = queue.processor
        for number in count(1):
            with self._border.in_hand([record_of(event)]):
                step = next(steps, None)
            if step is None:
                break
            await self._output.send(step, processor.context)
            if number % STEPS_AT_ONCE == 0:
                await asyncio.sleep(0)
            if not self._is_current(queue):
                return
            if isinstance(step, KeyUpdate):
                processor.store(step)
        await self._output.report(processor)

    async def _bury_poison(self, partition: int) -> list[bytes]:
        """Bury the logged texts of a partition that ended this worker twice; their table keys."""
        found: list[bytes] = []
        for minute in list(PartitionTable(self._table, partition).logged_minutes()):
            errors = [(self._border.poison(record), name, record) for name, record in minute]
            poison = [(error, name, record) for error, name, record in errors if error is not None]
            await confirm(self._dead_letters.send_logged(error, record) for error, _, record in poison)
            for error, _, _ in poison[:1]:
                self._border.buried(error, *(record for _, _, record in poison))
            found += [name for _, name, _ in poison]
        return found

    def _take_over(self, partition: int, poison: list[bytes]) -> PartitionQueue[Any]:
        """The queue of a partition, its processor made from the recovered table without what is `poison`."""
        self._table.take_over(partition)
        for name in poison:
            del self._table[name]
        watermark = Watermark(self._counts.origins())
        lateness = self._settings.detection.lateness_minutes * MINUTE_MS
        context = Context(self._watchlists.current(), names=names_in_use())
        partitions = self._counts.of(BY_KEY)
        with self._border.in_hand([]):
            processor = PartitionProcessor(partition, partitions, self._table, watermark, context, lateness)
        self._queues[partition] = PartitionQueue(processor)
        return self._queues[partition]

    def _is_current(self, queue: PartitionQueue[Any]) -> bool:
        """False once a rebalance came in between."""
        return self._queues.get(queue.processor.partition) is queue

    async def _forget(self, *_: Any, **__: Any) -> None:
        """After a rebalance every processor is made anew from the table."""
        self._rebalances += 1
        self._queues.clear()
