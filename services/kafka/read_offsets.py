"""How far a Faust worker has read its partitions, and where they end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError
from faust.exceptions import ConsumerNotStarted

ANSWER_SECONDS = 5.0
"""A broker that answers one request of a connection after the other holds this one up until a fetch is over."""


class ReadOffsets(NamedTuple):
    """Of each partition the next offset to be acknowledged, and the one that its next record will have."""

    read: dict[Any, int]
    ends: dict[Any, int]


async def read_offsets(app: Any, topics: Iterable[str]) -> ReadOffsets | None:
    """Of the partitions of `topics` that are assigned to this worker; None when the broker does not answer in time.

    Faust holds the committed offset of each; there is none of a partition of which nothing was ever committed, which
    is read from its start. Behind the last record of a transaction comes a marker that nobody can acknowledge: a
    partition whose fetch position is at the end is read when the worker has no record in hand at all.
    """
    consumer = app.consumer
    wanted = set(topics)
    mine = {part for part in consumer.assignment() if part.topic in wanted}
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            ends = await consumer.highwaters(*mine) if mine else {}
            read = {part: consumer._committed_offset[part] or 0 for part in mine}
            unread = [part for part in mine if not read[part] and ends[part]]
            read.update(await consumer.earliest_offsets(*unread) if unread else {})
            if not consumer.unacked:
                for part in mine:
                    if read[part] < ends[part]:
                        read[part] = max(read[part], await consumer.position(part) or 0)
    except (TimeoutError, KafkaError, ConsumerNotStarted):
        return None
    return ReadOffsets(read, dict(ends))
