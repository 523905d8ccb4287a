"""A Faust table of bytes whose changelog deliveries can be awaited, and whose changelog knows its writers."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from typing import Any

import faust

log = logging.getLogger(__name__)

EPOCH_PREFIX = b"epoch/"
"""Table keys of the epochs; the number of the partition follows."""
EPOCH_HEADER = "epoch"


class RawTable(faust.Table[bytes, bytes]):
    """A table of bytes; Faust would store keys and values as JSON, its changelog reader too.

    It remembers the deliveries of its changelog records: Faust commits the offset of a source record without waiting
    for what that record wrote to the changelog, and a crash in between would lose it.

    Whoever begins to write a partition takes the next epoch, and each changelog record carries that of its writer. A
    record that lies behind one of a later epoch is of a worker that had lost the partition (it stood still, and its
    last records were on their way): it is not restored.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deliveries: list[Awaitable[Any]] = []
        self._epochs: dict[int, int] = {}
        """That of this writer, by partition."""
        self._restored: dict[int, tuple[int, int]] = {}
        """The last offset that was restored of each partition, and the latest epoch up to there."""
        self._stale: defaultdict[int, set[bytes]] = defaultdict(set)
        """The keys of which a record was not restored, by partition."""

    def take_over(self, partition: int) -> None:
        """Begin to write a partition, while a record of it is processed."""
        name = EPOCH_PREFIX + str(partition).encode()
        self._epochs[partition] = int(self.get(name, b"0")) + 1
        self[name] = str(self._epochs[partition]).encode()
        for key in sorted(self._stale.pop(partition, ())):  # the last of a key is what compaction keeps
            if key in self:
                self[key] = self[key]
            else:
                self.send_changelog(partition, key, None)

    def send_changelog(
        self, partition: int | None, key: Any, value: Any, key_serializer: Any = None, value_serializer: Any = None
    ) -> Any:
        """Queue one record for the changelog topic; returns its delivery."""
        epoch = self._epochs.get(-1 if partition is None else partition, 0)
        delivery = self.changelog_topic.send_soon(
            key=key,
            value=value,
            partition=partition,
            headers={EPOCH_HEADER: str(epoch).encode()},
            key_serializer=key_serializer or self.key_serializer,
            value_serializer=value_serializer or self.value_serializer,
            callback=self._on_changelog_sent,
            eager_partitioning=True,
        )
        self._deliveries.append(delivery)
        return delivery

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Restore records, but for those of writers that had lost the partition."""
        super().apply_changelog_batch([event for event in batch if self._is_current(event.message)])

    def take_deliveries(self) -> list[Awaitable[Any]]:
        """The deliveries of what was written since the last call; await them before the source is acknowledged."""
        taken, self._deliveries = self._deliveries, []
        return taken

    def _is_current(self, message: Any) -> bool:
        partition, offset = message.partition, message.offset
        restored, latest = self._restored.get(partition, (-1, 0))
        if offset <= restored:  # from the start again
            latest = 0
        elif restored < 0:  # behind what the store on disk holds
            latest = int(self.data.get(EPOCH_PREFIX + str(partition).encode()) or b"0")
        epoch = int(dict(message.headers or ()).get(EPOCH_HEADER, b"0"))
        self._restored[partition] = offset, max(epoch, latest)
        if epoch >= latest:
            return True
        log.warning("%s: a record of epoch %d behind one of epoch %d is not restored", message.tp, epoch, latest)
        self._stale[partition].add(message.key)
        return False

    def _serializer_from_type(self, typ: Any) -> str:
        return "raw"
