"""Scoring that comes to a stop while its loop turns: python -m tests.harness.frozen_worker KIND score --broker BROKER.

KIND is `delivery`, which waits for ever, as a send without an answer would, or `inference`, whose first batch takes for
ever, as native code may; a file `frozen` in the state folder says that it was so, and the next start goes on. What
takes 45 s takes six, and what takes 300 s ten.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from functools import partial
from typing import Any

from services.kafka import run_worker
from services.kafka.stuck import Limits
from services.scoring import worker


class FrozenDelivery(worker.ScoringWorker):
    """Scores, and delivers nothing."""

    async def _deliver(self, stream: Any, finished: worker.Finished) -> None:
        await asyncio.Event().wait()


class FrozenInference(worker.ScoringWorker):
    """Comes to no end with its first batch; once."""

    def _results(self, pending: list[worker.PendingRecord]) -> list[worker.Result]:
        frozen = self.settings.state.folder / "frozen"
        if not frozen.exists():
            frozen.touch()
            threading.Event().wait()
        return super()._results(pending)


if __name__ == "__main__":
    from services.cli import app

    kinds = {"delivery": FrozenDelivery, "inference": FrozenInference}
    worker.ScoringWorker = kinds[sys.argv.pop(1)]  # type: ignore[misc]
    limits = Limits(look=0.5, ask=2.0, stuck=6.0, patient=10.0)
    run_worker.run_worker = partial(run_worker.run_worker, limits=limits)
    app()
