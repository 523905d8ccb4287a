"""Scoring's Faust wiring: raw texts in, scored texts out, in order, each offset committed only after delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.clock import now_ms
from services.companies import CompanyLinker
from services.domain.errors import InvalidMessage
from services.domain.event_time import parse_iso_ms
from services.domain.messages import LANGUAGES, Heartbeat, Origin, RawText, ScoredText, Stage, WatermarkUpdate
from services.inference.classifier import Classifier
from services.kafka.app import make_app, origin_of, raw_topic
from services.kafka.codec import Codec, encode
from services.kafka.crash_only import crash_only
from services.kafka.delivery import confirm, dead_letter_send
from services.kafka.topics import COMMENTS_RAW, DEAD, NEWS_RAW, SCORED
from services.observability.metrics import Metrics
from services.scoring.batch_buffer import BatchBuffer, estimate_tokens
from services.scoring.explanations import with_explanations
from services.scoring.micro_batcher import MicroBatcher
from services.scoring.model_reloader import ModelReloader
from services.scoring.score_text import companies_of, named, pass_on, score_text
from services.settings import Settings

SCORING_APP = "groundswell-score"
STAGE: Stage = "scoring"
QUEUE_TEXTS = 256
"""Texts that wait for inference at most; then reading stops."""
MODEL_POLL_SECONDS = 30.0

Result = ScoredText | WatermarkUpdate | InvalidMessage
raw_codec = Codec(RawText, Heartbeat)


@dataclass(frozen=True, slots=True)
class PendingRecord:
    """One record on its way through: its Faust event, where it was read, and what it holds."""

    event: Any
    origin: Origin
    content: RawText | Heartbeat | InvalidMessage


class ScoringWorker:
    """The wiring of one scoring process."""

    def __init__(self, settings: Settings, metrics: Metrics, slot: ModelReloader, linker: CompanyLinker) -> None:
        self.settings = settings
        self.metrics = metrics
        self.slot = slot
        self.linker = linker
        self.app = make_app(SCORING_APP, settings)
        self.raw = raw_topic(self.app, NEWS_RAW, COMMENTS_RAW)
        self.scored = raw_topic(self.app, SCORED)
        self.dead = raw_topic(self.app, DEAD)
        self.app.agent(self.raw, concurrency=1, name="scoring")(self._score)
        self.app.timer(MODEL_POLL_SECONDS)(self._poll_model)

    async def _score(self, stream: Any) -> None:
        """Read, infer and deliver at the same time: three tasks, the records in one order through all of them."""
        with crash_only("scoring"):
            manual = stream.noack()
            window: BatchBuffer[PendingRecord] = BatchBuffer(
                self.settings.batch_tokens, self.settings.batch_wait_seconds, QUEUE_TEXTS
            )
            batcher: MicroBatcher[PendingRecord, Result] = MicroBatcher(self.run, self._tokens, window)
            finished: asyncio.Queue[tuple[list[PendingRecord], list[Result]]] = asyncio.Queue(1)
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
        """Decode one record."""
        try:
            content = raw_codec.decode(event.value, now_ms())
        except InvalidMessage as error:
            content = error
        if isinstance(content, RawText):
            self.metrics.texts_in.labels(STAGE, content.kind).inc()
        return PendingRecord(event, origin_of(event), content)

    async def _infer(
        self,
        batcher: MicroBatcher[PendingRecord, Result],
        finished: asyncio.Queue[tuple[list[PendingRecord], list[Result]]],
    ) -> None:
        with crash_only("inference"):
            async for batch in batcher.batches():
                await finished.put(batch)

    def run(self, works: list[PendingRecord]) -> list[Result]:
        """What becomes of each record; one model for the whole batch. Runs in the inference thread."""
        model = self.slot.model
        rules = {lang: model.rules_in(lang) for lang in LANGUAGES}
        raws = [work.content for work in works if isinstance(work.content, RawText)]
        origins = [work.origin for work in works if isinstance(work.content, RawText)]
        companies = [companies_of(raw, self.linker) for raw in raws]
        scores = model.score(
            [raw.text for raw in raws],
            self.settings.batch_tokens,
            self._observe,
            entities=[named(found) for found in companies],
            langs=[raw.lang for raw in raws],
        )
        scored_at = now_ms()
        scored = [
            score_text(raw, found, linked, rules=rules[raw.lang], scored_at=scored_at, origin=origin)
            for raw, found, linked, origin in zip(raws, scores, companies, origins, strict=True)
        ]
        if self.settings.explain:
            scored = with_explanations(raws, scored, partial(model.score, batch_tokens=self.settings.batch_tokens))
        texts = iter(scored)
        results: list[Result] = []
        for work in works:
            if isinstance(work.content, RawText):
                results.append(next(texts))
            elif isinstance(work.content, Heartbeat):
                results.append(pass_on(work.content, work.origin))
            else:
                results.append(work.content)
        return results

    async def _deliver(self, stream: Any, finished: asyncio.Queue[tuple[list[PendingRecord], list[Result]]]) -> None:
        """Send a batch, wait until the broker has all of it, and only then acknowledge its records, in order."""
        with crash_only("delivery"):
            while True:
                works, results = await finished.get()
                await confirm(self._send(work, result) for work, result in zip(works, results, strict=True))
                for work in works:
                    await stream.ack(work.event)
                self._count(results)

    def _send(self, work: PendingRecord, result: Result) -> Awaitable[Awaitable[Any]]:
        """Scored records keep the partition number of the raw one, and so its order."""
        if isinstance(result, InvalidMessage):
            return dead_letter_send(self.dead, STAGE, result, work.event.value, work.origin)
        send: Awaitable[Awaitable[Any]] = self.scored.send(
            key=work.event.key, value=encode(result), partition=work.origin.partition, force=True
        )
        return send

    def _count(self, results: list[Result]) -> None:
        now = now_ms()
        for result in results:
            if isinstance(result, InvalidMessage):
                self.metrics.texts_dead.labels(STAGE, result.reason).inc()
            elif isinstance(result, ScoredText):
                self.metrics.texts_out.labels(STAGE, result.kind).inc()
                self.metrics.lag.labels(STAGE).observe(max(now - result.first_seen_at, 0) / 1000)
                self.metrics.event_lag.labels(STAGE).observe(max(now - result.published_at, 0) / 1000)
        self.metrics.last_progress.labels(STAGE).set_to_current_time()

    def _tokens(self, work: PendingRecord) -> int:
        if not isinstance(work.content, RawText):
            return 0
        return estimate_tokens(work.content.text, self.slot.model.bundle.manifest.max_tokens)

    def _observe(self, texts: int, tokens: int, seconds: float) -> None:
        self.metrics.batch_texts.observe(texts)
        self.metrics.batch_tokens.observe(tokens)
        self.metrics.inference_seconds.observe(seconds)

    async def _poll_model(self) -> None:
        """Look for another model now and then; loading it must not hold up the event loop."""
        with crash_only("the exchange of the model"):
            exchanged = await asyncio.get_running_loop().run_in_executor(None, self.slot.refresh)
            if exchanged is not None:
                self.metrics.model_reloads.labels("swapped" if exchanged else "refused").inc()


def show_model(metrics: Metrics, model: Classifier) -> None:
    """Say in the metrics which model is in use."""
    manifest = model.bundle.manifest
    metrics.model_info.clear()
    metrics.model_info.labels(manifest.name, manifest.version, manifest.precision, model.provider).set(1)
    metrics.model_created.set(parse_iso_ms(manifest.created_at) / 1000)
