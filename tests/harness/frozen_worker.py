"""Scoring that comes to a stop while its loop turns: python -m tests.harness.frozen_worker score --broker BROKER.

Its delivery waits for ever, as a send without an answer would; what takes 45 s takes six.
"""

from __future__ import annotations

import asyncio
from typing import Any

from services.kafka import stuck
from services.scoring import worker


class FrozenWorker(worker.ScoringWorker):
    """Scores, and delivers nothing."""

    async def _deliver(self, stream: Any, finished: worker.Finished) -> None:
        await asyncio.Event().wait()


if __name__ == "__main__":
    from services.cli import app

    worker.ScoringWorker = FrozenWorker  # type: ignore[misc]
    stuck.LOOK_SECONDS, stuck.ASK_SECONDS, stuck.STUCK_SECONDS = 0.5, 2.0, 6.0
    app()
