"""Ends a Faust worker that has records to work on, and a broker that answers, and does not go on all the same."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aiokafka.errors import KafkaError
from faust.exceptions import ConsumerNotStarted

from services.domain.errors import CRASHED, BrokerUnavailable
from services.kafka.backlog import Backlog
from services.kafka.end_offsets import end_offsets

ANSWER_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. Each `look` is for moves; after `ask` without a move the broker is asked whether
    records wait, and again after as long. A worker that could go on and did not for `stuck` is ended; for `patient` one
    with what may take minutes: a table that is restored, a rebalance, an inference on a slow machine.
    """

    look: float = 2.0
    ask: float = 15.0
    stuck: float = 45.0
    patient: float = 300.0


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker does beside its streams. `done` changes with each piece that is finished; `in_hand` is true while
    one is under way, or while it rightly waits for another worker.
    """

    done: Callable[[], object] = lambda: None
    in_hand: Callable[[], bool] = lambda: False


class StuckWatch:
    """Watches a Faust app from its own event loop."""

    def __init__(self, app: Any, work: Work, limits: Limits) -> None:
        self._app, self._work, self._limits = app, work, limits
        self._backlog = Backlog(self._moved, self._has_work, limits.ask, monotonic())

    async def run(self) -> None:
        """Look until cancelled; ends the process when it is stuck, so that it is started again."""
        while True:
            await asyncio.sleep(self._limits.look)
            if not self._app.started:
                continue
            seconds = await self.look(monotonic())
            why = self._why_ended(seconds)
            if why is not None:
                log.critical("%s; the process ends and is started again", why)
                os._exit(CRASHED)

    def _why_ended(self, seconds: float) -> str | None:
        error = self._app.consumer.group_error()
        if error is not None:
            return f"this worker takes no part in its consumer group any more: {error!r}"
        if seconds >= (self._limits.patient if self._may_take_minutes() else self._limits.stuck):
            return f"records wait, and nothing has moved for {seconds:.0f} s"
        return None

    async def look(self, now: float) -> float:
        """The seconds for which records have waited and nothing has moved, as far as is known at `now`."""
        return await self._backlog.look(now)

    def _moved(self) -> object:
        """Differs from what it was before once anything has moved."""
        consumer, recovery = self._app.consumer, self._app.tables.recovery
        return (
            self._app.rebalancing_count,
            dict(consumer._read_offset),
            dict(consumer._committed_offset),
            len(consumer._unacked_messages),
            dict(recovery.active_offsets),
            self._work.done(),
        )

    def _may_take_minutes(self) -> bool:
        return bool(self._app.rebalancing or self._app.tables.recovery.in_recovery or self._work.in_hand())

    async def _has_work(self) -> bool:
        """Whether records wait, or are in hand; no when the broker does not answer: then nobody can go on."""
        consumer, changelogs = self._app.consumer, self._app.tables.changelog_topics
        parts = [tp for tp in consumer.assignment() if tp.topic not in changelogs]
        try:
            broker = self._app.known_broker
            ends = await asyncio.to_thread(end_offsets, broker, [(tp.topic, tp.partition) for tp in parts])
        except BrokerUnavailable:
            return False
        if self._app.tables.recovery.in_recovery or consumer._unacked_messages:
            return True
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                read = {tp: await consumer.position(tp) for tp in parts}
        except TimeoutError:
            return True  # the broker answers, the thread of the consumer does not
        except (KafkaError, ConsumerNotStarted):
            return False  # a rebalance has begun
        return any(ends[tp.topic, tp.partition] > (read[tp] or 0) for tp in parts)
