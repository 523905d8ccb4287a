"""Monitoring's wiring: the router over `opinions.scored`, the detector over `opinions.by_key`, the market-wide rule."""

from __future__ import annotations

import asyncio
import logging

from services.kafka.app import make_app
from services.kafka.crash_only import crash_only
from services.kafka.topics import BY_KEY, MONITOR_APP, RAW_TOPICS
from services.monitoring.agents.detector import DetectorAgent
from services.monitoring.agents.market import MarketAgent
from services.monitoring.agents.output import PartitionOutput
from services.monitoring.agents.router import RouterAgent
from services.monitoring.dead_letters import DeadLetters
from services.monitoring.metrics import MonitoringMetrics
from services.monitoring.origins import KnownPartitions
from services.observability.metrics import Metrics
from services.settings import Settings
from services.watchlists.file import WatchlistFile

TIMER_SECONDS = 1.0

log = logging.getLogger(__name__)


class MonitoringWorker:
    """One monitoring process."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.app = make_app(MONITOR_APP, settings)
        self.watchlists = WatchlistFile(settings.detection.watchlists)
        self._metrics = MonitoringMetrics(metrics, settings.metrics.entity_series)
        options = {"driver": "rocksdict"} if settings.state.store == "rocksdb" else {}
        raw = [f"{topic.name}/{number}" for topic in RAW_TOPICS.values() for number in range(topic.partitions)]
        known = KnownPartitions(raw, BY_KEY.partitions)
        dead_letters = DeadLetters(self.app, self._metrics)
        self.router = RouterAgent(self.app, settings, known, self.watchlists, dead_letters, self._metrics)
        self.market = MarketAgent(self.app, options, settings, known, dead_letters, self._metrics)
        output = PartitionOutput(self.app, self.market, self._metrics)
        self.detector = DetectorAgent(
            self.app, options, settings, known, self.watchlists, output, dead_letters, self._metrics
        )
        self.app.timer(TIMER_SECONDS)(self._tick)

    async def _tick(self) -> None:
        """Take up changed watchlists, set the gauges, and wake partitions that stand still."""
        with crash_only("the timer"):
            await self.check_watchlists()
            self._metrics.show_trends()
            self._metrics.show_companies()
            self.detector.show()
            await self.detector.send_ticks()

    async def check_watchlists(self) -> None:
        """Take up a changed file; a bad one is refused, said once, and the one in use stays."""
        change = await asyncio.to_thread(self.watchlists.check)
        if change is None:
            return
        self._metrics.watchlists_checked(refused=change.error is not None)
        if change.error is not None:
            log.error("watchlists: %s", change.error)
            return
        log.info("watchlists: a changed file was taken up")
        self.detector.take_up_watchlists()
