"""A worker with faults of its own: python -m tests.harness.faulty_worker score|monitor. Variables say which:

FAULTY_BATCHES so many batches raise in the model, each record only once; FAULTY_WORD a text with this word
raises always; FAULTY_SENDS so many sends fail; FAULTY_SLOW_MS milliseconds that the model takes for a text.
What is used up is noted in the state folder, as a fault ends the process.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from aiokafka.errors import KafkaTimeoutError, NotEnoughReplicasError
from faust.exceptions import ProducerSendError
from faust.transport.drivers.aiokafka import Producer

from services.domain.messages import Origin, RawText
from services.kafka.state_file import read_state, write_state
from services.scoring import worker

NOTES = Path(os.environ["GROUNDSWELL_STATE_DIR"]) / "faulty.json"
FIRST, LAST = 3, 12
"""Batches, and tens of sends, after which a process meets its fault, once in its life."""


class Notes(msgspec.Struct):
    """What is used up."""

    batches: int = 0
    sends: int = 0
    raised: list[Origin] = msgspec.field(default_factory=list)


def setting(name: str) -> int:
    """A number from the environment; 0 where there is none."""
    return int(os.environ.get(f"FAULTY_{name}", "0"))


notes = read_state(NOTES, Notes) or Notes()
at = random.Random(notes.batches + 100 * notes.sends).randint(FIRST, LAST)
batches, sends = count(), count()


class FaultyWorker(worker.ScoringWorker):
    """Scores, slowly perhaps, and raises now and then."""

    def _score_batch(self, pending: Sequence[worker.PendingRecord]) -> list[worker.Result]:
        texts = [each.content.text for each in pending if isinstance(each.content, RawText)]
        time.sleep(setting("SLOW_MS") * len(texts) / 1000)
        origins = [each.record.origin for each in pending]
        word = os.environ.get("FAULTY_WORD")
        if word and any(word in text for text in texts):
            _note(origins)
            raise RuntimeError(f"the model cannot read {word}")
        is_new = not any(origin in notes.raised for origin in origins)
        if texts and is_new and notes.batches < setting("BATCHES") and next(batches) >= at:
            notes.batches += 1
            _note(origins)
            raise RuntimeError("the model failed")
        return super()._score_batch(pending)


def _note(origins: Sequence[Origin]) -> None:
    """These records have been in a crash, and are in no other one by chance: the second would make them poison."""
    notes.raised += origins
    write_state(NOTES, notes)


_send = Producer.send


async def send(self: Any, *arguments: Any, **options: Any) -> Any:
    """A send that fails at once, that fails later, or that arrives without an answer."""
    if notes.sends >= setting("SENDS") or next(sends) != 10 * at:
        return await _send(self, *arguments, **options)
    kind = notes.sends % 3
    notes.sends += 1
    write_state(NOTES, notes)
    if kind == 0:
        raise ProducerSendError("Error while sending: KafkaTimeoutError()")
    if kind == 1:
        await _send(self, *arguments, **options)
    failed = self.app.loop.create_future()
    failed.set_exception(KafkaTimeoutError() if kind == 1 else NotEnoughReplicasError())
    return failed


if __name__ == "__main__":
    from services.cli import app

    worker.ScoringWorker = FaultyWorker  # type: ignore[misc]
    Producer.send = send  # type: ignore[method-assign]
    app()
