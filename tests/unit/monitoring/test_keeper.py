"""The records of one partition: how many there are, and what comes back after a restart."""

from __future__ import annotations

import msgspec
import pytest

from services.common.messages import Mention, Origin
from services.monitoring.detector.params import Params
from services.monitoring.keeper import Keeper
from services.monitoring.watermark import Watermark
from tests.unit.monitoring.streams import MINUTE, START, scored

HOUR_MS = 60 * MINUTE


def keeper(table: dict[bytes, bytes], partition: int = 0) -> Keeper:
    return Keeper(partition, table, Watermark(["comments.raw/0"], 10.0, 0.0), Params(), HOUR_MS)


def mention(key: str, number: int, offset: int) -> Mention:
    text = scored(number, START + number * MINUTE)
    origin = Origin(topic="comments.raw", partition=0, offset=offset)
    return Mention(key=key, text=msgspec.structs.replace(text, origin=origin))


def test_keys_are_counted_by_kind_and_found_again() -> None:
    table: dict[bytes, bytes] = {}
    first = keeper(table)
    for offset, key in enumerate(["company:AAPL", "company:AAPL", "company:MSFT", "topic:earnings"]):
        assert first.mention(mention(key, offset, offset))
    assert first.keys == {"company": 2, "topic": 1}
    assert keeper(table).keys == {"company": 2, "topic": 1}
    assert keeper(table, partition=1).keys == {}


@pytest.mark.parametrize("offset", [5, 4])
def test_a_redelivered_record_changes_nothing(offset: int) -> None:
    table: dict[bytes, bytes] = {}
    one = keeper(table)
    one.mention(mention("company:AAPL", 1, 5))
    before = dict(table)
    assert one.mention(mention("company:AAPL", 2, offset))
    assert table == before
