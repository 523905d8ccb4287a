"""What comes out of a partition: incidents, the aggregates of days, how far it is, and what keeps the budgets."""

from __future__ import annotations

from typing import Any

from services.detector.budget_status import budget_status
from services.detector.context import Context
from services.detector.shared import DailyAggregate
from services.kafka.app import raw_topic
from services.kafka.codec import encode
from services.kafka.delivery import confirm
from services.kafka.session_lease import SessionLease
from services.kafka.topics import ALERTS, BUDGET, BY_KEY
from services.monitoring.agents.broadcast import to_every_partition
from services.monitoring.agents.market import MarketAgent
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.steps import Step

STATUS_PARTITION = 0
"""All partitions share what keeps the budgets; this one publishes it."""


class PartitionOutput:
    """Sends what the processors of one monitoring process ask for, and confirms it."""

    def __init__(
        self, app: Any, market: MarketAgent, metrics: MonitoringMetrics, lease: SessionLease, partitions: int
    ) -> None:
        self.lease = lease
        self._market = market
        self._partitions = partitions
        """Of `opinions.by_key`."""
        self._metrics = metrics
        self._by_key = raw_topic(app, BY_KEY)
        self._alerts = raw_topic(app, ALERTS)
        self._budget = raw_topic(app, BUDGET)
        self._status_day: int | None = None
        """The day as of whose end the status of the budgets was sent."""

    async def send(self, step: Step, context: Context) -> None:
        """Send the incidents of a key, or the aggregate of a day to all partitions."""
        self.lease.check()
        if isinstance(step, DailyAggregate):
            await confirm(to_every_partition(self._by_key, step, self._partitions))
            return
        key = str(step.key).encode()
        await confirm(self._alerts.send(key=key, value=encode(event), force=True) for event in step.events)
        for event in step.events:
            self._metrics.sent(event)
        if step.events:
            await self._market.send_events(step.events, context.shared.keys.get(step.key.kind, 0))

    async def report(self, processor: PartitionProcessor) -> None:
        """Say how far a partition is, and what keeps the budgets once a day of event time is over."""
        context = processor.context
        if processor.partition == STATUS_PARTITION and context.shared.day != self._status_day:
            self._status_day = context.shared.day
            await self._budget.send(key=b"", value=encode(budget_status(context)), force=True)
        if processor.applied_watermark is not None:
            await self._market.send_passed(processor.partition, processor.applied_watermark)
            self._metrics.passed(processor.partition, processor.applied_watermark)
