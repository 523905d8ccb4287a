"""The wiring of the relay: `alerts` in, `incidents` and gauges out, every Alertmanager kept up to date."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from services.alerting.incidents.fold_records import fold_records
from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.alert import key_of
from services.alerting.notify.alert_store import AlertStore
from services.alerting.notify.alertmanager import Alertmanager, alertmanager_urls
from services.alerting.notify.metrics import IncidentMetrics
from services.alerting.notify.sender import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Sender
from services.alerting.notify.state import RelayState
from services.clock import now_ms
from services.domain.errors import CRASHED, DEAD_REASONS
from services.domain.messages import IncidentRecord
from services.kafka.codec import Codec
from services.kafka.group_consumer import GroupConsumer
from services.kafka.record_producer import RecordProducer
from services.kafka.topic_reader import open_topics
from services.kafka.topics import ALERTS, DEAD, INCIDENTS
from services.kafka.wait_for_broker import wait_for_broker
from services.observability.metrics import Metrics
from services.settings import Settings

STAGE = "relay"
GROUP = "groundswell-relay"
TICK_SECONDS = 0.2
SHOW_MS = 1_000
COMMIT_MS = 1_000
STOP_SECONDS = 5.0

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    """What is known from one assignment of the partition to the next; no `state` where no Alertmanager is set."""

    book: IncidentStore
    state: RelayState | None
    next_offset: int = 0
    committed: int = 0
    committed_at: int = 0


class Relay:
    """One process: all state changes on the event loop, all calls of Kafka in one thread beside it."""

    def __init__(self, settings: Settings, metrics: Metrics, consumer: GroupConsumer, producer: RecordProducer) -> None:
        self._settings, self._metrics = settings, metrics
        self._consumer, self._producer = consumer, producer
        self._kafka = ThreadPoolExecutor(1, "kafka")
        self._gauges = IncidentMetrics(metrics, settings.entity_series)
        self._session: Session | None = None
        urls = alertmanager_urls(settings.alertmanagers)
        self._posters = [Sender(Alertmanager(url), self._board, metrics) for url in urls]
        for reason in DEAD_REASONS:
            metrics.texts_dead.labels(STAGE, reason)

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until `stopping` is set; then commit what was taken, and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            jobs = [self._read(), self._adopt(), self._tick(), *(poster.run() for poster in self._posters)]
            running = [tasks.create_task(job) for job in jobs]
            await stopping.wait()
            for task in running:
                task.cancel()
        asyncio.get_running_loop().call_later(STOP_SECONDS, os._exit, 0)  # a broker that hangs
        if self._session is not None:
            await self._commit(self._session)
        await asyncio.gather(*(poster.close() for poster in self._posters))
        await self._in_kafka(self._consumer.close)
        await self._in_kafka(self._producer.close)

    async def _read(self) -> None:
        """Read, fold, write, hand over, commit, for ever."""
        while True:
            polled = await self._in_kafka(self._consumer.poll)
            if polled.reassigned:
                self._session = None
                self._session = await self._in_kafka(self._start_over)
            session = self._session
            if session is None:
                continue
            await self._fold(session, polled.records)
            state = session.state
            if state is not None and not state.is_caught_up and await self._in_kafka(self._consumer.is_at_end):
                state.caught_up(now_ms())
            if now_ms() - session.committed_at >= COMMIT_MS:
                await self._commit(session)

    async def _fold(self, session: Session, records: list[Any]) -> None:
        if not records:
            return
        folded = fold_records(session.book, records, now_ms())
        await self._in_kafka(lambda: self._producer.write(folded.writes))
        for reason in folded.dead:
            self._metrics.texts_dead.labels(STAGE, reason).inc()
        for change in folded.changes:
            if session.state is not None:
                session.state.take(change, now_ms())
        session.next_offset = records[-1].offset + 1
        self._metrics.last_progress.labels(STAGE).set_to_current_time()

    async def _commit(self, session: Session) -> None:
        """Commit what an Alertmanager has taken; without any, what is folded."""
        waiting = None if session.state is None else session.state.first_waiting()
        offset = session.next_offset if waiting is None else min(waiting, session.next_offset)
        session.committed_at = now_ms()
        if offset > session.committed and await self._in_kafka(lambda: self._consumer.commit(offset)):
            session.committed = offset

    async def _adopt(self) -> None:
        """After each start ask every Alertmanager what it holds, until one has answered."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            session = self._session
            state = None if session is None else session.state
            if state is None or state.is_ready or not state.is_caught_up:
                await asyncio.sleep(TICK_SECONDS)
                continue
            answers = await asyncio.gather(*(poster.firing() for poster in self._posters))
            held = {key_of(one.labels): one for answer in answers for one in answer or ()}
            if any(answer is not None for answer in answers):
                state.adopt(held.values(), now_ms())
                pause = FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _tick(self) -> None:
        """Let time pass for what is told, and show how things are."""
        shown_at = 0
        while True:
            session, now = self._session, now_ms()
            state = None if session is None else session.state
            if state is not None:
                state.tick(now)
            if not 0 <= now - shown_at < SHOW_MS:
                self._show(session, now)
                shown_at = now
            await asyncio.sleep(TICK_SECONDS)

    def _show(self, session: Session | None, now: int) -> None:
        state = None if session is None else session.state
        since = None if state is None else state.waiting_since()
        delivers = state is not None and any(poster.delivers(now) for poster in self._posters)
        self._metrics.relay_delivers.set(delivers)  # first: Prometheus tells of incidents that no relay delivers
        self._gauges.show(() if session is None else session.book.open.values(), now)
        self._metrics.relay_waiting.set(0 if since is None else max(now - since, 0) / 1000)

    def _board(self) -> AlertStore | None:
        state = None if self._session is None else self._session.state
        return None if state is None or not state.is_ready else state.board

    def _start_over(self) -> Session | None:
        """What is known at an assignment; None when the partition is another relay's."""
        start = self._consumer.start_over()
        if start is None:
            log.info("stands by: %s is not assigned to this relay now", ALERTS.name)
            return None
        book = IncidentStore(_read_incidents(self._settings.broker))
        log.info("%d incidents are open", len(book.open))
        if not self._posters:
            return Session(book, None)
        return Session(book, RelayState(book, first_start=start.first_ever, grafana=self._settings.grafana))

    async def _in_kafka(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._kafka, call)


def run_relay(settings: Settings, metrics: Metrics) -> None:
    """Serve metrics, wait for the broker, then run until SIGTERM or SIGINT.

    :raises PortTaken: when the metrics port is in use.
    :raises InvalidInput: when a setting is wrong.
    :raises BrokerUnavailable: when what listens there is no broker, or a topic is missing.
    """
    alertmanagers = alertmanager_urls(settings.alertmanagers)
    port = metrics.serve(settings.metrics_host, settings.metrics_port)
    log.info("metrics on http://%s:%d/metrics", settings.metrics_host, port)
    if not alertmanagers:
        log.warning("no Alertmanager is set (GROUNDSWELL_ALERTMANAGERS): only records and metrics are kept")
    wait_for_broker(settings.broker)
    consumer = GroupConsumer(settings.broker, ALERTS, GROUP, settings.session_timeout_seconds, (INCIDENTS, DEAD))
    producer = RecordProducer(settings.broker, GROUP)
    try:
        asyncio.run(_run(Relay(settings, metrics, consumer, producer)))
    except BaseException:
        log.critical("the relay met the unexpected; the process ends and is started again", exc_info=True)
        os._exit(CRASHED)


async def _run(relay: Relay) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await relay.run(stopping)


def _read_incidents(broker: str) -> list[IncidentRecord]:
    with open_topics(broker, [INCIDENTS], Codec(IncidentRecord), log.error) as topic:
        return list(topic.read_to_end())
