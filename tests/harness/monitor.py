"""A monitoring process of the test's own: its agents on topics and tables that are fakes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from services.domain.messages import DeadLetter
from services.kafka.codec import Codec
from services.kafka.partition_counts import PartitionCounts
from services.monitoring.worker import MonitoringWorker
from services.observability.metrics import Metrics
from services.settings import load_settings
from tests.harness.agent_stream import FakeStream, FakeTable, FakeTopic, until


class Monitor:
    """A monitoring process whose topics and tables are fakes."""

    def __init__(self, folder: Path) -> None:
        self.registry = CollectorRegistry()
        self.worker = MonitoringWorker(
            load_settings(state_dir=folder), Metrics(self.registry), PartitionCounts.of_table()
        )
        self.by_key, self.alerts, self.budget, self.market, self.dead = (FakeTopic(at_once=True) for _ in range(5))
        self.table, self.market_table = FakeTable(), FakeTable()
        router, detector, market = self.worker.router, self.worker.detector, self.worker.market
        router._by_key = detector._by_key = detector._output._by_key = self.by_key
        detector._output._alerts = market._alerts = self.alerts
        detector._output._budget = self.budget
        market._topic = self.market
        router._dead_letters._topic = self.dead
        detector._table, market._table = self.table, self.market_table

    def value(self, name: str, **labels: str) -> float | None:
        """What a metric says."""
        return self.registry.get_sample_value(f"groundswell_{name}", labels)

    def letters(self) -> list[DeadLetter]:
        """What was buried."""
        return [Codec(DeadLetter).decode(record["value"]) for record in self.dead.sent]


async def run(agent: Any, stream: FakeStream, acknowledged: int) -> None:
    """Run an agent until it has acknowledged so many records."""
    task = asyncio.create_task(agent._read(stream))
    await until(lambda: len(stream.acked) >= acknowledged)
    task.cancel()
