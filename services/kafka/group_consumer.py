"""A topic of one partition as a member of a consumer group, offsets committed by hand: for the relay."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from services.domain.errors import BrokerUnavailable
from services.domain.messages import Origin
from services.kafka.broker import Broker
from services.kafka.read_record import ReadRecord
from services.kafka.security import client_options
from services.kafka.topics import Topic, prefixed

POLL_MS = 200
BOOTSTRAP_MS = 5_000
REQUEST_MS = 10_000
ANSWER_MS = 5_000
CLOSE_MS = 2_000
LONGEST_RECONNECT_MS = 2_000

log = logging.getLogger(__name__)


def record_of(record: Any) -> ReadRecord:
    """What kafka-python gives as a record of ours."""
    return ReadRecord(Origin(topic=record.topic, partition=record.partition, offset=record.offset), record.value)


class Polled(NamedTuple):
    """What one poll brought. After `reassigned` the partition is ours anew, or not any more: see `start_over`."""

    records: list[Any]
    reassigned: bool


class Start(NamedTuple):
    """Where the group stands; `first_ever` before its very first commit."""

    first_ever: bool


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes that the assignment has changed; it is called inside of a poll, where nothing can be done about it."""

    changed = False

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.changed = True

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.changed = True


class GroupConsumer:
    """One member of `group` on `topic`; with a second one, one of them stands by. All calls come from one thread.

    `written` are the topics that the reader writes to, which must be there too.

    :raises InvalidInput: when `broker` is no list of host:port.
    :raises BrokerUnavailable: when no broker answers, or a topic is missing.
    """

    def __init__(
        self, broker: Broker, topic: Topic, group: str, session_timeout_seconds: float, written: Iterable[Topic] = ()
    ) -> None:
        self._part = TopicPartition(topic.name, 0)
        self._rebalances = _Rebalances()
        session_ms = int(session_timeout_seconds * 1000)
        try:
            self._consumer = KafkaConsumer(
                **client_options(broker),
                client_id=group,
                group_id=prefixed(group),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                request_timeout_ms=max(REQUEST_MS, 2 * session_ms),
                session_timeout_ms=session_ms,
                heartbeat_interval_ms=session_ms // 4,
                reconnect_backoff_max_ms=LONGEST_RECONNECT_MS,
                metrics_enabled=False,
            )
            missing = sorted({topic.name, *(each.name for each in written)} - set(self._consumer.topics()))
        except KafkaError as error:
            raise BrokerUnavailable(broker, f"no answer to {group} ({error})") from error
        if missing:
            why = f"missing topics: {', '.join(missing)}; create them: groundswell topics create"
            raise BrokerUnavailable(broker, why)
        self._consumer.subscribe([topic.name], listener=self._rebalances)

    def poll(self) -> Polled:
        """The records that have come, none with a reassignment; waits a moment when there are none."""
        found = self._consumer.poll(timeout_ms=POLL_MS)
        reassigned, self._rebalances.changed = self._rebalances.changed, False
        return Polled([] if reassigned else [record for batch in found.values() for record in batch], reassigned)

    def start_over(self) -> Start | None:
        """After a reassignment: go to where the group stands; None when the partition is not ours.

        :raises KafkaError: when the broker does not say.
        """
        if self._part not in self._consumer.assignment():
            return None
        committed = self._consumer.committed(self._part, timeout_ms=ANSWER_MS)
        if committed is None:
            self._consumer.seek_to_beginning(self._part)
        else:
            self._consumer.seek(self._part, committed)
        return Start(first_ever=committed is None)

    def is_at_end(self) -> bool:
        """Whether all that the last fetch knew of was read."""
        end, position = self._consumer.highwater(self._part), self.position()
        return end is not None and position is not None and position >= end

    def position(self) -> int | None:
        """The offset of the next record; None when that is not known within some seconds, or the partition not ours."""
        if self._part not in self._consumer.assignment():
            return None
        try:
            position = self._consumer.position(self._part, timeout_ms=ANSWER_MS)
        except KafkaError:
            return None
        return None if position is None else int(position)

    def commit(self, offset: int) -> bool:
        """Let the group go on from `offset` after a restart; False when that failed, which may be tried again."""
        try:
            self._consumer.commit({self._part: OffsetAndMetadata(offset, "", -1)}, timeout_ms=ANSWER_MS)
        except KafkaError as error:
            log.warning("offset %d of %s is not committed yet: %s", offset, self._part.topic, error)
            return False
        return True

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close(timeout_ms=CLOSE_MS)
