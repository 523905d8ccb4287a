"""Scoring's Faust wiring: raw texts in, scored texts out, in order, each offset committed only after delivery."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from services.clock import now_ms
from services.companies import CompanyLinker
from services.domain.errors import InvalidMessage
from services.domain.messages import Heartbeat, Origin, PartitionIdle, RawText, ScoredText, WatermarkUpdate
from services.kafka.app import make_app, raw_topic, record_of
from services.kafka.border import Border
from services.kafka.codec import Codec, encode
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm, dead_letter_send
from services.kafka.read_offsets import ReadOffsets, read_offsets
from services.kafka.read_record import ReadRecord
from services.kafka.topics import COMMENTS_RAW, DEAD, NEWS_RAW, PARTITIONS, SCORED, SCORING_APP
from services.observability.metrics import Metrics
from services.scoring.batch_buffer import BatchBuffer, estimate_tokens
from services.scoring.idle_partitions import IdlePartitions
from services.scoring.metrics import STAGE, count_results, observe_inference
from services.scoring.micro_batcher import MicroBatcher
from services.scoring.model_reloader import ModelReloader
from services.scoring.score_batch import effort_of, score_batch
from services.scoring.score_text import pass_on
from services.settings import Settings

QUEUE_TEXTS = 256
"""Texts that wait for inference at most; then reading stops."""
QUEUE_TOKENS = 65_536
"""Their tokens at most, but for the last text: 256 texts that fill the model, or five reports of 20 pages."""
MODEL_POLL_SECONDS = 30.0
LOOK_SECONDS = 1.0
"""Between two looks at which raw partitions are idle."""

Result = ScoredText | WatermarkUpdate | InvalidMessage
raw_codec = Codec(RawText, Heartbeat)


@dataclass(frozen=True, slots=True)
class PendingRecord:
    """One record on its way through: its Faust event, what was read, and the message in it."""

    event: Any
    record: ReadRecord
    content: RawText | Heartbeat | InvalidMessage


Batcher = MicroBatcher[PendingRecord, Result]
Finished = asyncio.Queue[tuple[list[PendingRecord], list[Result]]]
"""Batches that are scored and not yet delivered."""


class ScoringWorker:
    """The wiring of one scoring process."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        reloader: ModelReloader,
        linker: CompanyLinker,
        partitions: int = PARTITIONS,
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.reloader = reloader
        self.linker = linker
        self._partitions = partitions
        """Of `opinions.scored`."""
        self.app = make_app(SCORING_APP, settings)
        self.border = Border("scoring", raw_codec, settings)
        self.raw = raw_topic(self.app, NEWS_RAW, COMMENTS_RAW)
        self.scored = raw_topic(self.app, SCORED)
        self.dead = raw_topic(self.app, DEAD)
        self._inferred = 0
        self._infers = False
        self.app.agent(self.raw, concurrency=1, name="scoring")(self._score)
        self.app.timer(MODEL_POLL_SECONDS)(self._poll_model)
        self.app.task(self._watch_idle)
        self._idle: IdlePartitions[Any] = IdlePartitions(settings.detection.idle_seconds)
        self._sent: dict[tuple[str, int], int] = {}
        """The last offset of each raw partition whose result was sent."""

    async def _score(self, stream: Any) -> None:
        """Read, infer and deliver at the same time: three tasks, the records in one order through all of them."""
        with crash_only("scoring"):
            manual = stream.noack()
            buffer: BatchBuffer[PendingRecord] = BatchBuffer(
                self.settings.model.batch_tokens, self.settings.model.batch_wait_seconds, QUEUE_TEXTS, QUEUE_TOKENS
            )
            batcher: Batcher = MicroBatcher(self.run, self._tokens, buffer)
            finished: Finished = asyncio.Queue(1)
            self.metrics.queue.labels(STAGE).set_function(lambda: len(batcher))
            try:
                async with asyncio.TaskGroup() as tasks:
                    helpers = [
                        tasks.create_task(self._infer(batcher, finished)),
                        tasks.create_task(self._deliver(manual, finished)),
                    ]
                    async for event in manual.events():
                        await batcher.put(self._read(event))
                    for helper in helpers:  # the stream ended: the worker stops
                        helper.cancel()
            finally:
                batcher.close()

    def _read(self, event: Any) -> PendingRecord:
        """Let one record in."""
        record = record_of(event)
        content = self.border.read(record, now_ms())
        if isinstance(content, RawText):
            self.metrics.texts_in.labels(STAGE, content.kind).inc()
        return PendingRecord(event, record, content)

    async def _infer(self, batcher: Batcher, finished: Finished) -> None:
        with crash_only("inference"):
            async for batch in batcher.batches():
                await finished.put(batch)

    def inferred(self) -> int:
        """How many inference batches were done."""
        return self._inferred

    def infers(self) -> bool:
        """Whether the inference thread is at work."""
        return self._infers

    def run(self, pending: list[PendingRecord]) -> list[Result]:
        """What becomes of each record. Runs in the inference thread."""
        self._infers = True
        try:
            return self._results(pending)
        finally:
            self._infers = False

    def _results(self, pending: list[PendingRecord]) -> list[Result]:
        results: list[Result] = []
        for batch in self.border.batches(pending, lambda each: each.record):
            records = [each.record for each in batch if not isinstance(each.content, InvalidMessage)]
            with self.border.in_hand(records, risky=True):
                results += self._score_batch(batch)
            self.border.finished(records)
        return results

    def _score_batch(self, pending: Sequence[PendingRecord]) -> list[Result]:
        """One model for the whole batch."""
        texts = [(each.content, each.record.origin) for each in pending if isinstance(each.content, RawText)]
        scored = iter(
            score_batch(
                [raw for raw, _ in texts],
                [origin for _, origin in texts],
                self.reloader.model,
                self.linker,
                self.settings.model.batch_tokens,
                lambda _: now_ms(),
                effort=effort_of(self.settings.model),
                observe=self._observe,
            )
        )
        results: list[Result] = []
        for each in pending:
            if isinstance(each.content, RawText):
                results.append(next(scored))
            elif isinstance(each.content, Heartbeat):
                results.append(pass_on(each.content, each.record.origin, now_ms()))
            else:
                results.append(each.content)
        return results

    def _observe(self, texts: int, tokens: int, seconds: float) -> None:
        self._inferred += 1
        observe_inference(self.metrics, texts, tokens, seconds)

    async def _deliver(self, stream: Any, finished: Finished) -> None:
        """Send a batch, wait until the broker has all of it, and only then acknowledge its records, in order."""
        with crash_only("delivery"):
            while True:
                pending, results = await finished.get()
                await confirm(self._send(each, result) for each, result in zip(pending, results, strict=True))
                for each in pending:
                    if isinstance(each.content, InvalidMessage):
                        self.border.buried(each.content, each.record)
                    await stream.ack(each.event)
                count_results(self.metrics, results, now_ms())

    def _send(self, pending: PendingRecord, result: Result) -> Awaitable[Awaitable[Any]]:
        """What becomes of a raw partition goes to one partition, and so in its order."""
        origin = pending.record.origin
        self._sent[origin.topic, origin.partition] = origin.offset
        if isinstance(result, InvalidMessage):
            return dead_letter_send(self.dead, STAGE, result, pending.record.value, pending.record.origin)
        send: Awaitable[Awaitable[Any]] = self.scored.send(
            key=pending.event.key, value=encode(result), partition=self._partition(origin), force=True
        )
        return send

    def _partition(self, origin: Origin) -> int:
        """The partition of `opinions.scored` for a raw one."""
        return origin.partition % self._partitions

    async def _watch_idle(self) -> None:
        """Look after idle partitions for as long as the worker runs."""
        with crash_only("the look for idle partitions"):
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                await self._announce_idle(await read_offsets(self.app, (NEWS_RAW.name, COMMENTS_RAW.name)))

    async def _announce_idle(self, found: ReadOffsets | None) -> None:
        """Say which raw partitions have nothing that waits, behind all that they held."""
        if found is None:
            self._idle.forget()
        else:
            due = self._idle.look(time.monotonic(), found.read, found.ends)
            await confirm(
                self.scored.send(key=b"", value=encode(PartitionIdle(origin=origin)), partition=self._partition(origin))
                for origin in (Origin(topic=p.topic, partition=p.partition, offset=found.read[p]) for p in due)
                if self._sent.get((origin.topic, origin.partition), -1) < origin.offset
            )

    def _tokens(self, record: PendingRecord) -> int:
        if not isinstance(record.content, RawText):
            return 0
        return estimate_tokens(record.content.text)

    async def _poll_model(self) -> None:
        """Look for another model now and then; loading it must not hold up the event loop."""
        with crash_only("the exchange of the model"):
            exchanged = await asyncio.get_running_loop().run_in_executor(None, self.reloader.refresh)
            if exchanged is not None:
                self.metrics.model_reloads.labels("swapped" if exchanged else "refused").inc()
