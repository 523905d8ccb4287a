"""Runs a Faust worker as a process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import faust

from services.kafka.broker import broker_of
from services.kafka.partition_counts import PartitionCounts, read_partition_counts
from services.kafka.rights import rights_of
from services.kafka.wait_for_broker import wait_for_broker
from services.observability.metrics import Metrics
from services.settings import Settings

log = logging.getLogger(__name__)


def run_worker(build: Callable[[PartitionCounts], Any], settings: Settings, metrics: Metrics, command: str) -> None:
    """Serve metrics, wait for the broker and our rights there, then `build` the app and run it until SIGTERM or SIGINT;
    does not return. `command` is that of `groundswell`.

    :raises PortTaken: when the metrics port is in use.
    :raises BrokerUnavailable: when topics are missing, or have partitions that they cannot have.
    """
    settings.state.folder.mkdir(parents=True, exist_ok=True)
    port = metrics.serve(settings.metrics.host, settings.metrics.port)
    log.info("%s: metrics on http://%s:%d/metrics", command, settings.metrics.host, port)
    broker, rights = broker_of(settings), rights_of(command)
    wait_for_broker(broker, rights=rights)
    app = build(read_partition_counts(broker, rights.topics()))
    faust.Worker(app, override_logging=False, quiet=True, loglevel=settings.log.level).execute_from_commandline()
