"""Router, partitions and market-wide rule as monitoring's agents join them, with logs in memory instead of Kafka."""

from __future__ import annotations

import contextlib
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.detector.market.messages import KeyEvent, PartitionPassed, market_event
from services.detector.market.receive import receive
from services.detector.market.state import MarketState
from services.detector.shared import DailyAggregate
from services.domain.messages import KeyedText, Origin, ScoredText, WatermarkUpdate
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.partition_queue import PartitionQueue
from services.monitoring.routing import Router
from services.monitoring.steps import Step
from services.monitoring.watermark import Watermark
from services.watchlists.model import Watchlists
from tests.factories import HOUR, MINUTE

ORIGINS = ["comments.raw/0", "comments.raw/1"]
Record = KeyedText | WatermarkUpdate | DailyAggregate


class Crash(Exception):
    """The worker is killed."""


class Worker:
    """One partition of `opinions.by_key`. A crash leaves its table and what it sent; it starts again behind the last
    record that it acknowledged, or before.
    """

    def __init__(self, partition: int, cluster: Cluster) -> None:
        self._partition, self._cluster = partition, cluster
        self.table: dict[bytes, bytes] = {}
        self._acknowledged = 0
        self.start()

    def start(self, again: int = 0) -> None:
        """Start from the table; up to `again` acknowledged records are delivered once more."""
        self._acknowledged -= min(again, self._acknowledged)
        self._read = self._acknowledged
        context = Context(self._cluster.watchlists)
        watermark = Watermark(ORIGINS)
        self.processor = PartitionProcessor(
            self._partition, len(self._cluster.logs), self.table, watermark, context, lateness_ms=HOUR
        )
        self._queue: PartitionQueue[Record] = PartitionQueue(self.processor)

    def has_more(self) -> bool:
        """Whether its log has records that it has not read."""
        return self._read < len(self._log)

    def take_one(self, *, crash_at: int = -1) -> None:
        """Read one record; `crash_at`: killed after so many of its steps, sent but not stored."""
        record = self._log[self._read]
        self._read += 1
        self._do(self._queue.add(record, record), crash_at)
        for _, message in self._queue.ready():
            if isinstance(message, KeyedText):
                assert self.processor.put(message)
            elif message is not None:
                self._do(self.processor.advance(message), crash_at)
            self._acknowledged += 1

    @property
    def _log(self) -> list[Record]:
        return self._cluster.logs[self._partition]

    def _do(self, steps: Iterator[Step], crash_at: int) -> None:
        for number, step in enumerate(steps):
            if isinstance(step, DailyAggregate):
                self._cluster.to_all(step)
            else:
                self._cluster.sent += step.events
                keys = self.processor.context.shared.keys.get(step.key.kind, 0)
                self._cluster.to_market(m for e in step.events if (m := market_event(e, keys)) is not None)
            if number == crash_at:
                raise Crash
            if not isinstance(step, DailyAggregate):
                self.processor.store(step)
        if self.processor.applied_watermark is not None:
            passed = PartitionPassed(partition=self._partition, time=self.processor.applied_watermark)
            self._cluster.to_market([passed])


class Cluster:
    """So many partitions, each with a worker of its own, that read at their own pace; the market-wide rule at once."""

    def __init__(self, partitions: int, watchlists: Watchlists, seed: int) -> None:
        self.watchlists = watchlists
        self.logs: list[list[Record]] = [[] for _ in range(partitions)]
        self.sent: list[IncidentEvent] = []
        self.router = Router()
        self._market = MarketState()
        self._random = random.Random(seed)
        self.workers = [Worker(partition, self) for partition in range(partitions)]

    def route(self, batch: Sequence[ScoredText | WatermarkUpdate]) -> None:
        """Put a batch of scored texts on the logs."""
        routed = self.router.route(list(batch), self.watchlists)
        for keyed in routed.texts:
            self.logs[zlib.crc32(keyed.key.encode()) % len(self.logs)].append(keyed)
        for update in routed.watermarks:
            self.to_all(update)

    def to_all(self, record: WatermarkUpdate | DailyAggregate) -> None:
        """Put a record on the log of every partition."""
        for log in self.logs:
            log.append(record)

    def to_market(self, messages: Iterable[KeyEvent | PartitionPassed]) -> None:
        """Tell the market-wide rule."""
        for message in messages:
            self.sent += receive(self._market, message, len(self.logs))

    def work(self, most: int, *, crashes: float = 0.0) -> None:
        """Let random workers read up to `most` records in all; now and then one is killed."""
        for _ in range(most):
            ready = [worker for worker in self.workers if worker.has_more()]
            if not ready:
                return
            worker = self._random.choice(ready)
            if self._random.random() >= crashes:
                worker.take_one()
                continue
            with contextlib.suppress(Crash):
                worker.take_one(crash_at=self._random.randrange(4))
            worker.start(again=self._random.randrange(40))

    def drain(self) -> None:
        """Let all workers read to the end."""
        while any(worker.has_more() for worker in self.workers):
            self.work(1_000)

    def messages(self) -> list[IncidentEvent]:
        """What was sent, copies folded, in order of time."""
        return sorted(dict.fromkeys(self.sent), key=lambda m: (m.time, m.id))


def spread(texts: Sequence[ScoredText]) -> list[list[ScoredText]]:
    """The texts over two raw partitions, with offsets of their own."""
    parts: list[list[ScoredText]] = [[], []]
    for number, text in enumerate(texts):
        partition = number % 2
        origin = Origin(topic="comments.raw", partition=partition, offset=len(parts[partition]))
        parts[partition].append(msgspec.structs.replace(text, origin=origin))
    return parts


def end_of(texts: Sequence[ScoredText]) -> list[ScoredText | WatermarkUpdate]:
    """Watermarks of both raw partitions, a minute after the last text."""
    end = texts[-1].published_at + MINUTE
    return [WatermarkUpdate(origin=Origin(topic="comments.raw", partition=p, offset=10**6), time=end) for p in (0, 1)]
