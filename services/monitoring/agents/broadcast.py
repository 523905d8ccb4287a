"""Records for every partition of `opinions.by_key`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from services.domain.messages import Message
from services.kafka.codec import encode


def to_every_partition(by_key: Any, message: Message, partitions: int) -> list[Awaitable[Awaitable[Any]]]:
    """The sends of one message to all `partitions`, to be confirmed; `by_key` is the Faust topic."""
    value = encode(message)
    return [by_key.send(key=b"", value=value, partition=one, force=True) for one in range(partitions)]
