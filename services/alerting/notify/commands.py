"""`groundswell relay`."""

from __future__ import annotations

from typing import Annotated

import typer
from prometheus_client import CollectorRegistry

from services.observability.logs import setup_logging
from services.observability.metrics import Metrics
from services.settings import load_settings


def relay(
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers, host:port[,host:port].")] = None,
) -> None:
    """Tell Alertmanager of raised, escalated and cleared alerts, and keep one record an incident.

    Reads the topic `alerts`, writes `incidents`, and posts to every Alertmanager of GROUNDSWELL_ALERTMANAGERS until
    one has taken it. Without any, it only keeps the records and the metrics.

    \b
    Examples:
      GROUNDSWELL_ALERTMANAGERS=http://127.0.0.1:9093 groundswell relay --broker 127.0.0.1:9092
      GROUNDSWELL_ALERTMANAGERS=http://am-1:9093,http://am-2:9093 GROUNDSWELL_METRICS_PORT=9104 groundswell relay
    """
    from services.alerting.notify.relay import run_relay

    settings = load_settings(broker=broker)
    setup_logging("relay", settings.log.level)
    run_relay(settings, Metrics(CollectorRegistry()))
