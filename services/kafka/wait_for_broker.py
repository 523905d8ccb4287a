"""Waits for a broker, for every process that cannot start without one."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic

import stamina

from services.domain.errors import BrokerUnavailable
from services.kafka.admin import admin


def wait_for_broker(
    broker: str, timeout_seconds: float = math.inf, give_up: Callable[[], bool] = lambda: False
) -> None:
    """Return once `broker` answers a metadata request; tries again with back-off, 0.1 s at first and 5 s at most.

    `give_up` is asked after each try whether to wait no more: somebody wants to stop, or the broker's process is gone.

    :raises InvalidInput: when `broker` is no list of host:port.
    :raises BrokerUnavailable: when it has not answered within `timeout_seconds`, or `give_up` says so.
    """
    deadline = monotonic() + timeout_seconds

    def try_again(error: Exception) -> bool:
        return isinstance(error, BrokerUnavailable) and monotonic() < deadline and not give_up()

    for attempt in stamina.retry_context(try_again, attempts=None, timeout=None, wait_jitter=0.1):
        with attempt, admin(broker) as client:
            client.list_topics()
