"""The order in which the records of a partition are applied and acknowledged while it waits for another one."""

from __future__ import annotations

from services.detector.context import Context
from services.detector.shared import DailyAggregate
from services.domain.messages import KeyedText, WatermarkUpdate
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.partition_queue import PartitionQueue
from services.monitoring.steps import KeyUpdate, Step
from services.monitoring.watermark import Watermark
from tests.factories import DAY, HOUR, MINUTE, START, daily_aggregate, keyed_text, watermark_update

DAY_0 = START // DAY


class Applied:
    """One partition of two, its queue, and the numbers of the records in the order in which they were applied."""

    def __init__(self) -> None:
        watermark = Watermark(["comments.raw/0"])
        self.processor = PartitionProcessor(0, 2, {}, watermark, Context(), HOUR)
        self._queue: PartitionQueue[int] = PartitionQueue(self.processor)
        self._count = 0
        self.order: list[int] = []

    def add(self, message: KeyedText | WatermarkUpdate | DailyAggregate | None) -> list[int]:
        """Add the next record; the numbers of those whose turn came."""
        number, before = self._count, len(self.order)
        self._count += 1
        for step in self._queue.add(number, message):
            self._do(step)
        for record, content in self._queue.ready():
            if isinstance(content, KeyedText):
                self.processor.put(content)
            elif content is not None:
                for step in self.processor.advance(content):
                    self._do(step)
            self.order.append(record)
        return self.order[before:]

    def _do(self, step: Step) -> None:
        if isinstance(step, KeyUpdate):
            self.processor.store(step)
        else:
            self.processor.receive(step)  # its own aggregates come back to it


def nothing(day: int) -> DailyAggregate:
    """The aggregate of the other partition, which has no keys."""
    return daily_aggregate(1, day)


def blocked() -> Applied:
    """A partition that stands still at the end of its first day: the other one has not said anything of it."""
    applied = Applied()
    assert applied.add(keyed_text(1, START)) == [0]
    assert applied.add(nothing(DAY_0 - 1)) == [1]
    assert applied.add(watermark_update(START + DAY + 2 * HOUR)) == [2]
    assert applied.processor.blocked
    return applied


def test_records_are_applied_as_they_come_while_nothing_is_waited_for() -> None:
    applied = Applied()
    for number, message in enumerate(
        (keyed_text(1, START), None, nothing(DAY_0 - 1), watermark_update(START + MINUTE))
    ):
        assert applied.add(message) == [number]
    assert applied.processor.applied_watermark == START + MINUTE


def test_what_comes_while_it_is_blocked_waits_and_is_applied_in_order_when_the_aggregate_comes() -> None:
    applied = blocked()
    assert applied.add(keyed_text(2, START + DAY + 3 * HOUR)) == []
    assert applied.add(None) == []
    assert applied.add(watermark_update(START + DAY + 4 * HOUR)) == []
    assert applied.processor.applied_watermark == START + DAY
    assert applied.add(nothing(DAY_0)) == [3, 4, 5, 6]
    assert not applied.processor.blocked
    assert applied.processor.applied_watermark == START + DAY + 4 * HOUR


def test_an_aggregate_counts_at_once_and_is_acknowledged_in_its_turn() -> None:
    applied = blocked()
    assert applied.add(nothing(DAY_0 - 1)) == [3]  # nothing stands before it
    assert applied.add(keyed_text(2, START + DAY + 3 * HOUR)) == []
    assert applied.add(nothing(DAY_0 - 1)) == []  # a text does, and it is still blocked
    assert applied.processor.blocked
    assert applied.add(nothing(DAY_0)) == [4, 5, 6]


def test_it_can_be_blocked_again_by_a_record_that_waited() -> None:
    applied = blocked()
    assert applied.add(watermark_update(START + 2 * DAY + 2 * HOUR)) == []
    assert applied.add(keyed_text(2, START + 2 * DAY + 3 * HOUR)) == []
    assert applied.add(nothing(DAY_0)) == [3]
    assert applied.processor.blocked
    assert applied.add(nothing(DAY_0 + 1)) == [4, 5, 6]
    assert applied.order == list(range(7))
