"""Where monitoring may be told that something was read: partitions of the raw topics, and of its own topic."""

from __future__ import annotations

from services.detector.market.messages import KeyClosed, KeyOpened, PartitionPassed
from services.detector.shared import DailyAggregate
from services.domain.errors import InvalidMessage
from services.domain.messages import KeyedText, Origin, ScoredText, WatermarkUpdate
from services.kafka.topics import BY_KEY, RAW_TOPICS
from services.monitoring.partition_processor import TICK_TOPIC


def check_raw_origin(message: ScoredText | WatermarkUpdate) -> None:
    """What comes on `opinions.scored` was read from a raw partition, if from any.

    :raises InvalidMessage: when there is no such partition.
    """
    if message.origin is not None:
        _check_raw(message.origin)


def check_by_key(message: KeyedText | WatermarkUpdate | DailyAggregate) -> None:
    """The same on `opinions.by_key`, where partitions have aggregates, and may be told to look again.

    :raises InvalidMessage: when there is no such partition.
    """
    if isinstance(message, DailyAggregate):
        _check_own(message.partition)
    elif isinstance(message, KeyedText):
        check_raw_origin(message.text)
    elif message.origin.topic != TICK_TOPIC:
        _check_raw(message.origin)


def check_market(message: KeyOpened | KeyClosed | PartitionPassed) -> None:
    """What comes on `monitor.market` was sent by a partition that there is.

    :raises InvalidMessage: when there is no such partition.
    """
    if isinstance(message, PartitionPassed):
        _check_own(message.partition)


def _check_raw(origin: Origin) -> None:
    partitions = {topic.name: topic.partitions for topic in RAW_TOPICS.values()}
    known = origin.offset >= 0 and origin.partition < partitions.get(origin.topic, 0)
    if not known:
        raise InvalidMessage(
            "invalid_field", f"origin: expected a partition of {' or '.join(partitions)}, got {origin}"
        )


def _check_own(partition: int) -> None:
    if partition >= BY_KEY.partitions:
        raise InvalidMessage("invalid_field", f"partition: expected one of {BY_KEY.partitions}, got {partition}")
