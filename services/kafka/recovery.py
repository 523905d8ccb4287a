"""Recovery of Faust tables without losing the records that are read while it ends, nor the last of the changelog."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from faust.tables import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery

from services.kafka.end_offsets import end_offsets


class _RecoveryEnd(asyncio.Event):
    """The signal that a table is restored. Faust clears it with the next record that it reads, so whoever begins to
    wait after a quick end would wait for ever.
    """

    def __init__(self, recovery: Recovery) -> None:
        super().__init__()
        self._recovery = recovery

    async def wait(self) -> Literal[True]:
        """Return once the table is restored, at once when it is already."""
        return True if not self._recovery.in_recovery else await super().wait()


class OrderedRecovery(Recovery):
    """Stops the flow before the source partitions are resumed.

    Faust 0.15.3 restores a table with the flow running, resumes the source partitions, seeks them to the committed
    offsets and then calls `flow_control.resume()`, which empties every queue of records. What was read between the
    resuming and that call is thrown away, and its offsets are committed with those of the records after it.

    It also asks where changelogs end in the way that is right on the embedded broker; else the last records of one are
    not restored, and a worker that has them already ends, since it is ahead of the end.

    And it resumes the streams when another rebalance begins while they are sought: whatever is waited for ends then.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rebalance = 0
        """The number of the rebalance after which this is the recovery."""

    async def on_rebalance(self, *args: Any, **kwargs: Any) -> None:
        """Begin anew."""
        self._rebalance = self.app.rebalancing_count
        await super().on_rebalance(*args, **kwargs)

    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        await super()._wait(coro, timeout)
        if self.app.rebalancing_count != self._rebalance:
            raise RebalanceAgain

    @property
    def signal_recovery_end(self) -> asyncio.Event:
        """The signal that the active tables are restored."""
        if self._signal_recovery_end is None:
            self._signal_recovery_end = _RecoveryEnd(self)
        return self._signal_recovery_end

    async def _build_highwaters(self, consumer: Any, tps: Any, destination: Any, title: str) -> None:
        await super()._build_highwaters(consumer, tps, destination, title)
        broker = self.app.known_broker  # type: ignore[attr-defined] # services.kafka.app.App
        known = await asyncio.to_thread(end_offsets, broker, [(tp.topic, tp.partition) for tp in tps])
        for tp in tps:
            destination[tp] = known[tp.topic, tp.partition] - 1

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Let nothing in until the source partitions stand at their committed offsets."""
        self.app.consumer.stop_flow()
        self.app.flow_control.suspend()
        await super().on_recovery_completed(generation_id)


class OrderedTableManager(TableManager):
    """The table manager that recovers with `OrderedRecovery`."""

    @property
    def recovery(self) -> Recovery:
        """The recovery service, made when it is first asked for."""
        if self._recovery is None:
            self._recovery = OrderedRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
