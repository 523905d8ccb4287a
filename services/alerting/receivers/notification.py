"""What Alertmanager posts to a webhook (version 4), as far as a message needs it.

Source: prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from services.domain.errors import InvalidInput
from services.text.untrusted import masked

Status = Literal["firing", "resolved"]


class Alert(msgspec.Struct, frozen=True):
    """One alert of a group."""

    status: Status
    labels: dict[str, str]
    annotations: dict[str, str] = {}


class Notification(msgspec.Struct, frozen=True, rename="camel"):
    """One group of alerts; it is firing while any of them is."""

    version: Literal["4"]
    status: Status
    alerts: list[Alert]
    truncated_alerts: int = 0
    """How many more alerts the group has than `max_alerts` of the receiver lets through."""


_decoder = msgspec.json.Decoder(Notification)


def decode(body: bytes) -> Notification:
    """The notification in a request.

    :raises InvalidInput: saying what was expected and what came.
    """
    try:
        notification = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"expected Alertmanager's webhook JSON, version 4: {masked(str(error))}") from error
    if not notification.alerts:
        raise InvalidInput("expected Alertmanager's webhook JSON with at least one alert, got none")
    return notification
