"""The wiring of the relay: `alerts` in, `incidents` and gauges out, every Alertmanager kept up to date."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from functools import partial
from time import monotonic

from stamina.instrumentation import set_on_retry_hooks

from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.alertmanager import (
    Alertmanager,
    AlertmanagerUnavailable,
    alertmanager_urls,
    until_available,
)
from services.alerting.notify.consume_loop import ConsumeLoop, alerts_codec
from services.alerting.notify.metrics import IncidentMetrics
from services.alerting.notify.postable import key_of
from services.alerting.notify.sender import Sender
from services.alerting.notify.session import start_session
from services.alerting.notify.start_up import StartUp
from services.alerting.notify.state import RelayState
from services.clock import now_ms
from services.domain.errors import CRASHED, BrokerUnavailable
from services.kafka.backlog import Backlog
from services.kafka.border import Border
from services.kafka.broker import broker_of
from services.kafka.crash_only import crash_only
from services.kafka.end_offsets import end_offsets
from services.kafka.group_consumer import GroupConsumer
from services.kafka.record_producer import RecordProducer
from services.kafka.rights import rights_of
from services.kafka.topics import ALERTS, DEAD, INCIDENTS, RELAY_GROUP
from services.kafka.wait_for_broker import wait_for_broker
from services.observability.metrics import Metrics
from services.observability.pulse import keep_beating, waits_on
from services.observability.silence import Silence
from services.settings import Settings

TICK_SECONDS = 0.2
GAUGES_MS = 1_000
STOP_SECONDS = 5.0
LOOK_SECONDS = 2.0
STUCK_SECONDS = 300.0
"""The longest step, at the start, reads all of `incidents`."""
ASK_SECONDS = 15.0
ANSWER_SECONDS = 10.0
UNREAD_SECONDS = 45.0
"""Messages may wait for so long, with a broker that answers."""

log = logging.getLogger(__name__)


class Relay:
    """One process: reads `alerts`, lets time pass, and keeps a sender for every Alertmanager."""

    def __init__(self, settings: Settings, metrics: Metrics, consumer: GroupConsumer, producer: RecordProducer) -> None:
        self._metrics = metrics
        self._broker = broker_of(settings)
        self._gauges = IncidentMetrics(metrics, settings.metrics.entity_series)
        border = Border("relay", alerts_codec, settings)
        self._loop = ConsumeLoop(consumer, producer, border, partial(start_session, settings, consumer), metrics)
        urls = alertmanager_urls(settings.notification.alertmanagers)
        self._senders = [Sender(Alertmanager(url), self._alerts, metrics) for url in urls]

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until `stopping` is set; then commit what was taken, and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            jobs = [
                self._loop.run(),
                self._adopt(),
                self._tick(),
                self._watch(),
                keep_beating(),
                *(sender.run() for sender in self._senders),
            ]
            running = [tasks.create_task(job) for job in jobs]
            await stopping.wait()
            for task in running:
                task.cancel()
        asyncio.get_running_loop().call_later(STOP_SECONDS, os._exit, 0)  # a broker that hangs
        await self._loop.close()
        await asyncio.gather(*(sender.close() for sender in self._senders))

    async def _adopt(self) -> None:
        """After each start, take over what the Alertmanagers hold."""
        while True:
            state = self._state()
            if state is None or state.start_up is not StartUp.ADOPTING:
                await asyncio.sleep(TICK_SECONDS)
                continue
            found = await until_available(self._firing)
            if state is self._state():  # else the partition was assigned anew meanwhile
                state.adopt(found, now_ms())

    async def _firing(self) -> list[GettableAlert]:
        """What all Alertmanagers that answer hold as firing, each alert once.

        :raises AlertmanagerUnavailable: when none of them answers.
        """
        answers = await asyncio.gather(*(sender.firing() for sender in self._senders))
        if all(answer is None for answer in answers):
            raise AlertmanagerUnavailable("no Alertmanager says what it holds")
        return list({key_of(each.labels): each for answer in answers for each in answer or ()}.values())

    async def _watch(self) -> None:
        """End the process when it stands still, so that it is started again: when the steps of the loop are not taken
        any more (with no broker they are: each of them has a deadline), or when they read nothing while messages wait.
        kafka-python 3.0.12 can be out of its group after some restarts of a broker, and never ask for it again.
        """
        silence, seen = Silence(monotonic()), 0
        backlog = Backlog(self._read, self._messages_wait, ASK_SECONDS, monotonic())
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            rounds = self._loop.rounds
            seconds, seen = silence.listen(rounds != seen, monotonic()), rounds
            if seconds >= STUCK_SECONDS:
                _end(f"nothing was done for {seconds:.0f} s")
            waiting = await backlog.look(monotonic())
            if waiting >= UNREAD_SECONDS:
                _end(f"messages wait on {ALERTS.name}, and nothing was read for {waiting:.0f} s")

    def _read(self) -> int | None:
        """The offset behind the last message that was handed over; None while the partition is another relay's."""
        return None if self._loop.session is None else self._loop.session.next_offset

    async def _messages_wait(self) -> bool:
        """Whether `alerts` has messages that are this relay's to read; no when the broker does not answer."""
        if self._loop.session is None:
            return False
        try:
            ends = await asyncio.to_thread(end_offsets, self._broker, [(ALERTS.name, 0)])
        except BrokerUnavailable:
            return False
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                position = await self._loop.position()
        except TimeoutError:
            return True  # the broker answers, the consumer does not
        return position is None or ends[ALERTS.name, 0] > position

    async def _tick(self) -> None:
        """Let time pass for what is to be notified, and show how things are."""
        shown_at = 0
        while True:
            now, state = now_ms(), self._state()
            if state is not None:
                state.tick(now)
            if not 0 <= now - shown_at < GAUGES_MS:
                self._set_gauges(now)
                shown_at = now
            await asyncio.sleep(TICK_SECONDS)

    def _set_gauges(self, now: int) -> None:
        session, state = self._loop.session, self._state()
        since = None if state is None else state.pending_since()
        delivers = state is not None and any(sender.delivers(now) for sender in self._senders)
        self._metrics.relay_delivers.set(delivers)  # first: Prometheus tells of incidents that no relay delivers
        self._gauges.update(() if session is None else session.incidents.open.values(), now)
        self._metrics.relay_waiting.set(0 if since is None else max(now - since, 0) / 1000)

    def _state(self) -> RelayState | None:
        return None if self._loop.session is None else self._loop.session.state

    def _alerts(self) -> AlertStore | None:
        state = self._state()
        return None if state is None or state.start_up is not StartUp.READY else state.alerts


def run_relay(settings: Settings, metrics: Metrics) -> None:
    """Serve metrics, wait for the broker, then run until SIGTERM or SIGINT.

    :raises PortTaken: when the metrics port is in use.
    :raises InvalidInput: when a setting is wrong.
    :raises BrokerUnavailable: when what listens there is no broker, or a topic is missing.
    """
    alertmanagers = alertmanager_urls(settings.notification.alertmanagers)
    port = metrics.serve(settings.metrics.host, settings.metrics.port)
    log.info("metrics on http://%s:%d/metrics", settings.metrics.host, port)
    if not alertmanagers:
        log.warning("no Alertmanager is set (GROUNDSWELL_ALERTMANAGERS): only records and metrics are written")
    broker = broker_of(settings)
    wait_for_broker(broker, give_up=waits_on, rights=rights_of("relay"))
    set_on_retry_hooks([])  # a sender says once that its Alertmanager does not answer, and counts each time
    consumer = GroupConsumer(broker, ALERTS, RELAY_GROUP, settings.broker.session_timeout_seconds, (INCIDENTS, DEAD))
    producer = RecordProducer(broker, RELAY_GROUP)
    with crash_only("the relay"):
        asyncio.run(_run(Relay(settings, metrics, consumer, producer)))


def _end(why: str) -> None:
    log.critical("%s; the process ends and is started again", why)
    os._exit(CRASHED)


async def _run(relay: Relay) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await relay.run(stopping)
