"""The monitoring process takes up a changed watchlist file, and refuses a bad one."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.detector.context import Context
from services.domain.key import MonitoredKey
from services.kafka.partition_counts import PartitionCounts
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.partition_queue import PartitionQueue
from services.monitoring.watermark import Watermark
from services.monitoring.worker import MonitoringWorker
from services.observability.metrics import Metrics
from services.settings import load_settings

MSFT = MonitoredKey.of_company("MSFT")
ONE = "watchlists:\n  - {name: own, companies: [AAPL], alerts_per_day: 1}\n"
OTHER = "watchlists:\n  - {name: own, companies: [AAPL, MSFT], alerts_per_day: 1}\n"
BAD = "watchlists:\n  - {name: own, companies: [AAPL], alerts_per_dya: 1}\n"


def test_a_changed_file_is_taken_up_and_a_bad_one_refused(tmp_path: Path) -> None:
    file, registry = tmp_path / "watchlists.yaml", CollectorRegistry()
    file.write_text(ONE)
    settings, counts = load_settings(watchlists=file, state_dir=tmp_path), PartitionCounts.of_table()
    monitor = MonitoringWorker(settings, Metrics(registry), counts)
    context = Context(monitor.watchlists.current())
    processor = PartitionProcessor(0, 4, {}, Watermark(["comments.raw/0"]), context, 3_600_000)
    monitor.detector._queues[0] = PartitionQueue(processor)

    def followed_after(content: str) -> tuple[bool, float | None]:
        new = tmp_path / "new"
        new.write_text(content)
        os.replace(new, file)
        asyncio.run(monitor.check_watchlists())
        assert list(processor.resume()) == []
        return context.watchlists.follows(MSFT), registry.get_sample_value("groundswell_watchlists_refused")

    assert not context.watchlists.follows(MSFT)
    assert followed_after(OTHER) == (True, 0)
    assert followed_after(BAD) == (True, 1)
    assert followed_after(ONE) == (False, 0)
