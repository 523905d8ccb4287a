"""The table of monitoring: what its changelog has not confirmed can be waited for, and who wrote it is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from services.kafka.app import make_app
from services.kafka.raw_table import RawTable
from services.settings import load_settings

TABLE_CHANGELOG = "test-raw-table-keys-changelog"


class Bench:
    """A table of one partition whose changelog is a list of (key, value, epoch)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        app = make_app("test-raw-table", load_settings())
        self.table = app.Table("keys", key_type=bytes, value_type=bytes, partitions=1)
        self.written: list[tuple[bytes, bytes | None, int]] = []
        monkeypatch.setattr(self.table, "_changelog_topic", SimpleNamespace(send_soon=self._send_soon))
        monkeypatch.setattr(self.table, "partition_for_key", lambda _key: 0)

    def _send_soon(self, *, key: bytes, value: bytes | None, headers: dict[str, bytes], **_: object) -> Any:
        self.written.append((key, value, int(headers["epoch"])))
        return SimpleNamespace(message=SimpleNamespace(partition=0))

    def restore(self, *records: tuple[int, bytes, bytes | None, int]) -> None:
        """Records of the changelog: offset, key, value, epoch of the writer."""
        self.table.apply_changelog_batch([_event(*record) for record in records])

    def content(self) -> dict[bytes, bytes]:
        return dict(self.table.items())


def _event(offset: int, key: bytes, value: bytes | None, epoch: int) -> SimpleNamespace:
    headers = [("epoch", str(epoch).encode())] if epoch else []
    place = TP(TABLE_CHANGELOG, 0)
    message = SimpleNamespace(partition=0, offset=offset, key=key, value=value, headers=headers, tp=place)
    return SimpleNamespace(key=key, value=value, message=message)


def test_each_writer_of_a_partition_takes_the_next_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.restore((0, b"a", b"of before epochs", 0), (1, b"epoch/0", b"4", 4), (2, b"a", b"1", 4))
    bench.table.take_over(0)
    bench.table[b"b"] = b"2"
    assert bench.written == [(b"epoch/0", b"5", 5), (b"b", b"2", 5)]
    bench.table.take_over(0)
    assert bench.written[-1] == (b"epoch/0", b"6", 6)


def test_what_a_former_owner_wrote_behind_the_new_one_is_not_restored_but_mended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(monkeypatch)
    bench.restore((0, b"epoch/0", b"1", 1), (1, b"a", b"old", 1), (2, b"gone", b"x", 1))
    bench.restore((3, b"epoch/0", b"2", 2), (4, b"a", b"new", 2), (5, b"gone", None, 2))
    bench.restore((6, b"a", b"stale", 1), (7, b"gone", b"stale", 1), (8, b"b", b"right", 2))
    assert bench.content() == {b"epoch/0": b"2", b"a": b"new", b"b": b"right"}
    bench.table.take_over(0)
    assert bench.written == [(b"epoch/0", b"3", 3), (b"a", b"new", 3), (b"gone", None, 3)]


def test_a_changelog_that_is_restored_from_its_start_again_is_restored_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    for _ in range(2):
        bench.restore((0, b"epoch/0", b"1", 1), (1, b"a", b"1", 1), (2, b"epoch/0", b"2", 2), (3, b"b", b"2", 2))
        assert bench.content() == {b"epoch/0": b"2", b"a": b"1", b"b": b"2"}
        bench.table.data.clear()


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
