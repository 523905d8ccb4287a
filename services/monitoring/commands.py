"""`groundswell monitor`."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry

from services.files.slot import take_slot
from services.kafka.partition_counts import PartitionCounts
from services.kafka.run_worker import run_worker
from services.kafka.stuck import Work
from services.monitoring.worker import MonitoringWorker
from services.observability.logs import setup_logging
from services.observability.metrics import Metrics
from services.options import Broker
from services.settings import load_settings


def monitor(
    broker: Broker = None,
) -> None:
    """Follow sentiment per topic and company in event time and raise alerts on surges of negative opinion.

    Several share the partitions, up to four; each has a state folder of its own in GROUNDSWELL_STATE_DIR.

    \b
    Examples:
      groundswell monitor --broker 127.0.0.1:9092
      GROUNDSWELL_STORE=rocksdb GROUNDSWELL_METRICS_PORT=9103 groundswell monitor
      GROUNDSWELL_WATCHLISTS=watchlists.yaml groundswell monitor
    """
    settings = load_settings(broker=broker)
    setup_logging("monitor", settings.log.level)
    slot = settings.state.model_copy(update={"folder": take_slot(settings.state.folder, "monitor")})
    settings = settings.model_copy(update={"state": slot})
    metrics = Metrics(CollectorRegistry())

    def build(counts: PartitionCounts) -> tuple[Any, Work]:
        worker = MonitoringWorker(settings, metrics, counts)
        worker.lease.start()
        return worker.app, Work(in_hand=worker.detector.is_held_back)

    run_worker(build, settings, metrics, "monitor")
