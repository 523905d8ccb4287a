"""A Faust consumer that reads nothing while its group rebalances, and gives back what it had fetched by then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP


class StreamThread(AIOKafkaConsumerThread):
    """The thread of the consumer."""

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Mapping[TP, list[Any]]:
        """The records that came within `timeout` seconds, of partitions that are active then.

        A fetch that is under way when a rebalance begins outlives it, and takes records of the new assignment. Faust
        throws them away, since the flow is stopped, and seeks to the committed offsets, of which a partition may have
        none: then its position stays behind records that nobody has seen, and the next commit goes past them. So does
        a fetch that meets a moment in which all partitions are paused: no partitions means all of them to aiokafka.
        """
        fetched = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        flows = self.consumer.flow_active
        wanted = {part: records for part, records in fetched.items() if flows and part in active_partitions}
        for part in fetched.keys() - wanted.keys():
            consumer._fetcher.seek_to(part, fetched[part][0].offset)
        return wanted


class StreamConsumer(Consumer):
    """The consumer of our workers."""

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return StreamThread(self, loop=self.loop, beacon=self.beacon)

    def group_error(self) -> Any:
        """The exception for which this worker takes no part in its group any more; None while it does.

        aiokafka waits then, without heartbeats, until its user asks for records in a way that Faust does not: it would
        read on, commit nothing, and join no rebalance.
        """
        consumer = self._thread._consumer
        if consumer is None:
            return None
        task, pending = consumer._coordinator._coordination_task, consumer._coordinator._pending_exception
        return pending or (task.exception() if task.done() and not task.cancelled() else None)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Read nothing any more until the streams are resumed; Faust goes on if there was no partition to revoke."""
        self.stop_flow()
        await super().on_partitions_revoked(revoked)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what is acknowledged; later, when the group rebalances.

        The broker looks at a commit only when the member has joined, refuses it as of another generation, and aiokafka
        would join once more, as a member that is new.
        """
        return not self.app.rebalancing and await super().commit(topics, start_new_transaction)


class StreamTransport(Transport):
    """Kafka with such a consumer."""

    Consumer = StreamConsumer
