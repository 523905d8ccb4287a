"""Runs a Faust worker as a process."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

import faust

from services.kafka.broker import broker_of
from services.kafka.partition_counts import PartitionCounts, read_partition_counts
from services.kafka.rights import rights_of
from services.kafka.stuck import Limits, StuckWatch, Work
from services.kafka.wait_for_broker import wait_for_broker
from services.observability.metrics import Metrics
from services.observability.pulse import keep_beating, waits_on
from services.settings import Settings

STOP_SECONDS = 8.0
"""Nothing that is not acknowledged is committed, however a worker ends."""

log = logging.getLogger(__name__)


class _LiveWorker(faust.Worker):
    """A worker that beats from its first moment, and ends when it is stuck."""

    def __init__(self, app: Any, settings: Settings, work: Work, limits: Limits) -> None:
        super().__init__(app, override_logging=False, quiet=True, loglevel=settings.log.level)
        self._watch = StuckWatch(app, work, limits)

    async def on_start(self) -> None:
        await super().on_start()
        self.add_future(keep_beating())
        self.add_future(self._watch.run())

    async def on_stop(self) -> None:
        asyncio.get_running_loop().call_later(STOP_SECONDS, os._exit, 0)  # a broker that is gone
        await super().on_stop()


def run_worker(
    build: Callable[[PartitionCounts], tuple[Any, Work]],
    settings: Settings,
    metrics: Metrics,
    command: str,
    limits: Limits = Limits(),
) -> None:
    """Serve metrics, wait for the broker and our rights there, then `build` the app and run it until SIGTERM or SIGINT;
    does not return. `command` is that of `groundswell`; `limits` say when the worker counts as stuck.

    :raises PortTaken: when the metrics port is in use.
    :raises BrokerUnavailable: when topics are missing, or have partitions that they cannot have.
    """
    settings.state.folder.mkdir(parents=True, exist_ok=True)
    port = metrics.serve(settings.metrics.host, settings.metrics.port)
    log.info("%s: metrics on http://%s:%d/metrics", command, settings.metrics.host, port)
    broker, rights = broker_of(settings), rights_of(command)
    wait_for_broker(broker, give_up=waits_on, rights=rights)
    app, work = build(read_partition_counts(broker, rights.topics()))
    _LiveWorker(app, settings, work, limits).execute_from_commandline()
