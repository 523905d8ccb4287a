"""What ingest has said to be safe, and what became of it: the ledger of a fault run."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

from services.kafka.topics import COMMENTS_RAW
from tests.harness.ingest_process import post, texts

BATCH = 20


@dataclass(slots=True)
class Account:
    """The ledger, settled against a topic."""

    accepted: int
    lost: list[str]
    """Accepted, not on the topic."""
    repeated: int
    """How many records came more than once."""
    out_of_order: list[str]
    """Came, for the first time, before one that was sent before them."""

    def __str__(self) -> str:
        return f"{self.accepted} accepted, {len(self.lost)} lost, {self.repeated} repeated"


@dataclass(slots=True)
class Ledger:
    """The ids of one source that were accepted, in the order in which they were sent."""

    source: str
    ids: list[str] = field(default_factory=list)

    def settle(self, broker: str, topic: str = COMMENTS_RAW.name) -> Account:
        """Compare with what the topic holds now."""
        arrived = [text.event_id for text in texts(broker, topic, self.source)]
        first = list(dict.fromkeys(arrived))
        wanted, found = set(self.ids), set(first)
        order = [each for each in first if each in wanted]
        expected = [each for each in self.ids if each in found]
        return Account(
            accepted=len(self.ids),
            lost=sorted(wanted - found),
            repeated=sum(Counter(arrived).values()) - len(first),
            out_of_order=[] if order == expected else [a for a, b in zip(order, expected, strict=True) if a != b],
        )

    def text(self, number: int) -> dict[str, str]:
        """A text of this source."""
        return {"id": f"{number:08d}", "text": f"$AAPL falls {number}", "source": self.source}


class Poster:
    """Posts batches to `ingest http` until it is stopped, and sends again what was not accepted, as a client must."""

    def __init__(self, port: int, source: str, pause_seconds: float = 0.1) -> None:
        self.ledger = Ledger(source)
        self.refused = 0
        """Answers other than 202."""
        self._port = port
        self._pause = pause_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poster")

    def __enter__(self) -> Poster:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._ended.wait(self._pause):
            batch = [self.ledger.text(number + item) for item in range(BATCH)]
            if self._accepted(batch):
                self.ledger.ids += [text["id"] for text in batch]
                number += BATCH
            else:
                self.refused += 1

    def _accepted(self, batch: list[dict[str, str]]) -> bool:
        try:
            return post(self._port, batch)[0] == 202
        except (OSError, json.JSONDecodeError):
            return False
