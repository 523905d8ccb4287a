"""Runs a Faust worker as a process."""

from __future__ import annotations

import logging
from typing import Any

import faust

from services.kafka.rights import Rights
from services.kafka.wait_for_broker import wait_for_broker
from services.observability.metrics import Metrics
from services.settings import Settings

log = logging.getLogger(__name__)


def run_worker(app: Any, settings: Settings, metrics: Metrics, what: str, rights: Rights) -> None:
    """Serve metrics, wait for the broker and our rights there, then run the app until SIGTERM or SIGINT.

    :raises PortTaken: when the metrics port is in use.
    """
    settings.state.folder.mkdir(parents=True, exist_ok=True)
    port = metrics.serve(settings.metrics.host, settings.metrics.port)
    log.info("%s: metrics on http://%s:%d/metrics", what, settings.metrics.host, port)
    wait_for_broker(app.known_broker, rights=rights)
    faust.Worker(app, override_logging=False, quiet=True, loglevel=settings.log.level).execute_from_commandline()
