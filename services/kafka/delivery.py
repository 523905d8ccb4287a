"""Sends of a Faust worker that are known to have reached the broker, dead letters among them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from services.clock import now_ms
from services.domain.dead_letter import dead_letter
from services.domain.errors import InvalidMessage
from services.domain.messages import Origin, Stage
from services.kafka.dead_letters import dead_letter_record


async def confirm(sends: Iterable[Awaitable[Awaitable[Any]]]) -> None:
    """Queue all sends, then wait until the broker has confirmed each; `send` alone only queues."""
    deliveries = [await send for send in sends]
    await asyncio.gather(*deliveries)


def dead_letter_send(
    dead: Any, stage: Stage, error: InvalidMessage, payload: bytes | None, origin: Origin | None
) -> Awaitable[Awaitable[Any]]:
    """The send of one unusable record to the Faust topic `dead`; `origin`: where it was read, if from a topic."""
    record = dead_letter_record(dead_letter(stage, error.reason, error.detail, payload, now_ms(), origin))
    send: Awaitable[Awaitable[Any]] = dead.send(key=record.key, value=record.value, force=True)
    return send
