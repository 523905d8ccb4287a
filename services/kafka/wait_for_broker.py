"""Waits for a broker, for every process that cannot start without one."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic

import stamina

from services.domain.errors import BrokerRefused, BrokerUnavailable
from services.kafka.admin import admin
from services.kafka.broker import Broker
from services.kafka.check_rights import check_rights
from services.kafka.rights import Rights


def wait_for_broker(
    broker: Broker,
    timeout_seconds: float = math.inf,
    give_up: Callable[[], bool] = lambda: False,
    rights: Rights | None = None,
) -> None:
    """Return once `broker` answers a metadata request and grants `rights`; tries again with back-off, 0.1 s at first
    and 5 s at most. Who waits for ever tries a refusal again too, and goes on by itself once it is mended.

    `give_up` is asked after each try whether to wait no more: somebody wants to stop, or the broker's process is gone.

    :raises InvalidInput: when the address of `broker` is none, or a file of its settings cannot be used.
    :raises BrokerRefused: when a login, a certificate or a right is at fault and `timeout_seconds` is not for ever.
    :raises BrokerUnavailable: when it has not answered within `timeout_seconds`, or `give_up` says so.
    """
    deadline = monotonic() + timeout_seconds

    def try_again(error: Exception) -> bool:
        if isinstance(error, BrokerRefused) and timeout_seconds < math.inf:
            return False
        return isinstance(error, BrokerUnavailable) and monotonic() < deadline and not give_up()

    for attempt in stamina.retry_context(try_again, attempts=None, timeout=None, wait_jitter=0.1):
        with attempt, admin(broker) as client:
            client.list_topics()
            if rights is not None:
                check_rights(broker, client, rights)
