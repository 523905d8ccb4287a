"""Where monitoring may be told that something was read: partitions of the raw topics, and of its own topic."""

from __future__ import annotations

from collections.abc import Iterable

from services.detector.key_record import origin_name
from services.detector.market.messages import KeyClosed, KeyOpened, PartitionPassed
from services.detector.shared import DailyAggregate
from services.domain.errors import InvalidMessage
from services.domain.messages import KeyedText, Origin, ScoredText, WatermarkUpdate
from services.monitoring.partition_processor import TICK_TOPIC


class KnownPartitions:
    """`raw` are the names of the raw partitions, `own` the number of those of `opinions.by_key`.

    :raises InvalidMessage: from each check, when a message names another one.
    """

    def __init__(self, raw: Iterable[str], own: int) -> None:
        self._raw, self._own = frozenset(raw), own

    def check_scored(self, message: ScoredText | WatermarkUpdate) -> None:
        """What comes on `opinions.scored` was read from a raw partition, if from any."""
        if message.origin is not None:
            self._check_raw(message.origin)

    def check_by_key(self, message: KeyedText | WatermarkUpdate | DailyAggregate) -> None:
        """The same on `opinions.by_key`, where partitions have aggregates, and may be told to look again."""
        if isinstance(message, DailyAggregate):
            self._check_own(message.partition)
        elif isinstance(message, KeyedText):
            self.check_scored(message.text)
        elif message.origin.topic != TICK_TOPIC:
            self._check_raw(message.origin)

    def check_market(self, message: KeyOpened | KeyClosed | PartitionPassed) -> None:
        """What comes on `monitor.market` was sent by a partition that there is."""
        if isinstance(message, PartitionPassed):
            self._check_own(message.partition)

    def _check_raw(self, origin: Origin) -> None:
        if origin.offset < 0 or origin_name(origin) not in self._raw:
            raise InvalidMessage("invalid_field", f"origin: expected one of {sorted(self._raw)}, got {origin}")

    def _check_own(self, partition: int) -> None:
        if partition >= self._own:
            raise InvalidMessage("invalid_field", f"partition: expected one of {self._own}, got {partition}")
