"""Recovery of Faust tables without losing the records that are read while it ends."""

from __future__ import annotations

from faust.tables import TableManager
from faust.tables.recovery import Recovery


class OrderedRecovery(Recovery):
    """Stops the flow before the source partitions are resumed.

    Faust 0.15.3 restores a table with the flow running, resumes the source partitions, seeks them to the committed
    offsets and then calls `flow_control.resume()`, which empties every queue of records. What was read between the
    resuming and that call is thrown away, and its offsets are committed with those of the records after it.
    """

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
