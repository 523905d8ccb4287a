"""Waits for a broker at the start of a worker, saying so, instead of ending with a stack of connection errors."""

from __future__ import annotations

import logging
import socket
import time

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0
CONNECT_SECONDS = 3.0


def wait_for_broker(broker: str) -> None:
    """Return once one address of `broker` (`host:port[,host:port]`) accepts a connection; retries for ever."""
    pause = FIRST_PAUSE_SECONDS
    while why := _refusal(broker):
        log.warning(
            "no Kafka broker at %s (%s): is it running, is GROUNDSWELL_BROKER right? Next try in %.1f s",
            broker,
            why,
            pause,
        )
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _refusal(broker: str) -> str:
    """Why no address accepts a connection; empty when one does."""
    why = "no address given"
    for address in broker.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS):
                return ""
        except (OSError, ValueError) as error:
            why = str(error)
    return why
