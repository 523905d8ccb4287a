"""Where monitoring may be told that something was read: partitions of the raw topics, and of its own topic."""

from __future__ import annotations

from services.detector.market.messages import KeyClosed, KeyOpened, PartitionPassed
from services.detector.shared import DailyAggregate
from services.domain.checks import check
from services.domain.messages import KeyedText, Origin, PartitionIdle, ScoredText, WatermarkUpdate
from services.kafka.partition_counts import PartitionCounts
from services.kafka.topics import BY_KEY


class OriginChecks:
    """Refuses messages of partitions that there are not; `counts` says which there are."""

    def __init__(self, counts: PartitionCounts) -> None:
        self._counts = counts

    def scored(self, message: ScoredText | WatermarkUpdate | PartitionIdle) -> None:
        """What comes on `opinions.scored` was read from a raw partition, if from any.

        :raises InvalidMessage: when there is no such partition.
        """
        if message.origin is not None:
            self._check_raw(message.origin)

    def by_key(self, message: KeyedText | WatermarkUpdate | PartitionIdle | DailyAggregate) -> None:
        """The same on `opinions.by_key`, where partitions have aggregates.

        :raises InvalidMessage: when there is no such partition.
        """
        if isinstance(message, DailyAggregate):
            self._check_own(message.partition)
        else:
            self.scored(message.text if isinstance(message, KeyedText) else message)

    def market(self, message: KeyOpened | KeyClosed | PartitionPassed) -> None:
        """What comes on `monitor.market` was sent by a partition that there is.

        :raises InvalidMessage: when there is no such partition.
        """
        if isinstance(message, PartitionPassed):
            self._check_own(message.partition)

    def _check_raw(self, origin: Origin) -> None:
        raw = self._counts.raw
        known = origin.offset >= 0 and origin.partition < raw.get(origin.topic, 0)
        check(known, f"origin: expected a partition of {' or '.join(raw)}, got {origin}")

    def _check_own(self, partition: int) -> None:
        count = self._counts.of(BY_KEY)
        check(partition < count, f"partition: expected one of {count}, got {partition}")
