"""The table of monitoring: what its changelog has not confirmed can be waited for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from services.kafka.app import make_app
from services.kafka.raw_table import RawTable
from services.settings import load_settings


def test_deliveries_of_the_changelog_are_handed_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app("test-raw-table", load_settings())
    table = app.Table("keys", key_type=bytes, value_type=bytes, partitions=1)
    assert isinstance(table, RawTable)
    queued: list[tuple[bytes, bytes, str]] = []

    def send_soon(*, key: bytes, value: bytes, key_serializer: str, **_: object) -> int:
        queued.append((key, value, key_serializer))
        return len(queued)

    monkeypatch.setattr(table, "_changelog_topic", SimpleNamespace(send_soon=send_soon))
    for value in (b"1", b"2"):
        table.send_changelog(0, b"key", value)
    assert queued == [(b"key", b"1", "raw"), (b"key", b"2", "raw")]
    assert [str(delivery) for delivery in table.take_deliveries()] == ["1", "2"]
    assert table.take_deliveries() == []
