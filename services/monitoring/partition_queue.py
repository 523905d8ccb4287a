"""The records of one partition in the order in which they came, held back while its processor is blocked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

from services.detector.shared import DailyAggregate
from services.domain.messages import KeyedText, PartitionIdle, WatermarkUpdate
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.steps import Step

R = TypeVar("R")
Applicable = KeyedText | WatermarkUpdate | PartitionIdle
"""What waits for its turn."""


class PartitionQueue(Generic[R]):
    """Feeds a processor. Records `R` are whatever the caller acknowledges; it does so in their order.

    The aggregate of a day does not wait its turn: it may be the one that the processor is blocked for. It is
    acknowledged in turn all the same.
    """

    def __init__(self, processor: PartitionProcessor) -> None:
        self.processor = processor
        self._records: deque[tuple[R, Applicable | None]] = deque()

    def add(self, record: R, message: Applicable | DailyAggregate | None) -> Iterator[Step]:
        """Take in a record, with no message where there is nothing to apply; the steps come first, then `ready`."""
        if isinstance(message, DailyAggregate):
            self.processor.receive(message)
            yield from self.processor.resume()
            message = None
        self._records.append((record, message))

    @property
    def is_held_back(self) -> bool:
        """Whether records wait for the aggregates of a day from another partition."""
        return bool(self._records) and self.processor.blocked

    def ready(self) -> Iterator[tuple[R, Applicable | None]]:
        """The records whose turn it is; each is applied and acknowledged before the next one is asked for."""
        while self._records and (self._records[0][1] is None or not self.processor.blocked):
            yield self._records.popleft()
