"""Hostile records that the border of their topic refuses: the others would be believed, and change what is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from services.alerting.notify.consume_loop import alerts_codec
from services.clock import now_ms
from services.domain.errors import InvalidMessage
from services.kafka.codec import Codec
from services.kafka.partition_counts import PartitionCounts
from services.kafka.topics import ALERTS, BY_KEY, COMMENTS_RAW, MARKET, SCORED, Topic
from services.monitoring.agents.detector import by_key_codec
from services.monitoring.agents.market import market_codec
from services.monitoring.agents.router import scored_codec
from services.monitoring.origins import OriginChecks
from services.scoring.worker import raw_codec
from tests.harness.hostile_records import records

_CHECKS = OriginChecks(PartitionCounts.of_table())
_BORDERS: dict[str, tuple[Topic, Codec, Callable[[Any], None]]] = {
    "raw": (COMMENTS_RAW, raw_codec, lambda _: None),
    "scored": (SCORED, scored_codec, _CHECKS.scored),
    "by_key": (BY_KEY, by_key_codec, _CHECKS.by_key),
    "market": (MARKET, market_codec, _CHECKS.market),
    "alerts": (ALERTS, alerts_codec, lambda _: None),
}
"""Kind of `hostile_records` -> the topic that somebody would write it onto, and what its reader lets in."""
MOST_BYTES = 900_000
"""A broker refuses what is larger."""


def refused_records(count: int, number: int) -> dict[str, list[bytes]]:
    """By name of the topic `count` records, all different, that its reader must bury; `number` is the seed."""
    return {border[0].name: _refused(kind, count, number, *border[1:]) for kind, border in _BORDERS.items()}


def _refused(kind: str, count: int, number: int, codec: Codec, check: Callable[[Any], None]) -> list[bytes]:
    found: dict[bytes, None] = {}

    @seed(number)
    @settings(
        max_examples=20 * count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(records(kind))
    def collect(data: bytes) -> None:
        if len(found) < count and len(data) < MOST_BYTES and _is_refused(codec, check, data):
            found[data] = None

    collect()
    assert len(found) == count, f"{kind}: expected {count} records that are refused, got {len(found)}"
    return list(found)


def _is_refused(codec: Codec, check: Callable[[Any], None], data: bytes) -> bool:
    try:
        check(codec.decode(data, now_ms()))
    except InvalidMessage:
        return True
    return False
