"""From `alerts` to `incidents` and to what Alertmanager must hold, in five steps that each round takes in this order:

1. Poll records of `alerts`.
2. Reduce them to incidents, in memory.
3. Write what has changed to `incidents`, and what cannot be used to the dead letters; wait until the broker has it.
4. Hand the changes over to the state, from which the senders bring them to every Alertmanager.
5. Commit the offset below which an Alertmanager has taken every message.

A crash between two steps repeats the first ones, and loses nothing: what is read again is known from `incidents`, and
Alertmanager is asked what it holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from services.alerting.incidents.reduce_records import ReducedRecords, reduce_records
from services.alerting.notify.session import Session
from services.alerting.notify.start_up import StartUp
from services.clock import now_ms
from services.domain.errors import DEAD_REASONS, InvalidMessage
from services.domain.messages import IncidentCleared, IncidentRaised
from services.kafka.border import Border
from services.kafka.codec import Codec
from services.kafka.group_consumer import GroupConsumer, record_of
from services.kafka.record_producer import RecordProducer
from services.observability.metrics import Metrics

STAGE = "relay"
COMMIT_MS = 1_000

T = TypeVar("T")
alerts_codec = Codec(IncidentRaised, IncidentCleared)


class ConsumeLoop:
    """`start` begins a session after each assignment. All calls of Kafka are made in one thread beside the event loop,
    all changes of the session on the event loop.
    """

    def __init__(
        self,
        consumer: GroupConsumer,
        producer: RecordProducer,
        border: Border,
        start: Callable[[], Session | None],
        metrics: Metrics,
    ) -> None:
        self.session: Session | None = None
        """None while the partition is another relay's."""
        self.rounds = 0
        """How often a first step was taken."""
        self._consumer, self._producer, self._start, self._metrics = consumer, producer, start, metrics
        self._border = border
        self._kafka = ThreadPoolExecutor(1, "kafka")
        for reason in DEAD_REASONS:
            metrics.texts_dead.labels(STAGE, reason)

    async def run(self) -> None:
        """Take the five steps, for ever."""
        while True:
            records = await self._poll()  # 1
            session = self.session
            if session is None:
                continue
            for batch in self._border.batches(records, record_of):
                await self._take(session, batch)
            await self._note_the_end(session)
            if now_ms() - session.committed_at >= COMMIT_MS:
                await self._commit(session)  # 5

    async def _take(self, session: Session, records: Sequence[Any]) -> None:
        """Steps 2 to 4; what fails in memory is the fault of the records that were let in."""
        read = [(each, self._border.read(record_of(each), now_ms())) for each in records]
        used = [record_of(record) for record, message in read if not isinstance(message, InvalidMessage)]
        with self._border.in_hand(used):
            reduced = reduce_records(session.incidents, read, now_ms())  # 2
        await self._in_kafka(partial(self._producer.write, reduced.writes))  # 3
        for record, message in read:
            if isinstance(message, InvalidMessage):
                self._border.buried(message, record_of(record))
        with self._border.in_hand(used):
            self._hand_over(session, reduced, next_offset=records[-1].offset + 1)  # 4
        self._border.finished(used)

    async def position(self) -> int | None:
        """The offset of the next message; None when that is not known, or the partition is another relay's."""
        return await self._in_kafka(self._consumer.position)

    async def close(self) -> None:
        """Commit what is delivered, and leave the group."""
        if self.session is not None:
            await self._commit(self.session)
        await self._in_kafka(self._consumer.close)
        await self._in_kafka(self._producer.close)

    async def _poll(self) -> list[Any]:
        polled = await self._in_kafka(self._consumer.poll)
        self.rounds += 1
        if polled.reassigned:
            self.session = None
            self.session = await self._in_kafka(self._start)
        return polled.records

    def _hand_over(self, session: Session, reduced: ReducedRecords, next_offset: int) -> None:
        for reason in reduced.dead:
            self._metrics.texts_dead.labels(STAGE, reason).inc()
        for change in reduced.changes:
            if session.state is not None:
                session.state.apply(change, now_ms())
        session.next_offset = next_offset
        self._metrics.last_progress.labels(STAGE).set_to_current_time()

    async def _note_the_end(self, session: Session) -> None:
        """Once all that stood on the topic at the start is handed over, the state is caught up."""
        state = session.state
        if state is None or state.start_up is not StartUp.CATCHING_UP:
            return
        if await self._in_kafka(self._consumer.is_at_end):
            state.caught_up(now_ms())

    async def _commit(self, session: Session) -> None:
        offset = session.offset_to_commit()
        session.committed_at = now_ms()
        if offset > session.committed and await self._in_kafka(partial(self._consumer.commit, offset)):
            session.committed = offset

    async def _in_kafka(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._kafka, call)
