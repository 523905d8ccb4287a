"""A relay that takes its steps and reads nothing, while messages wait, ends so that it is started again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.alerting.notify import relay
from services.domain.errors import CRASHED, BrokerUnavailable
from services.observability.metrics import Metrics
from services.settings import load_settings


class Ended(Exception):
    """The process would have."""


class Over(Exception):
    """So long was watched."""


class Bench:
    """A relay whose `alerts` ends at `end` (None: the broker does not answer) and that stands at `position`. Each look
    at the clock takes a second, and between two a step of the loop is taken.
    """

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, *, end: int | None, position: int | None, ours: bool = True
    ) -> None:
        self.end, self.asked, self.now, self.seconds, self.reads_every = end, 0, 0.0, 0.0, 0.0
        session: Any = SimpleNamespace(next_offset=0, state=None)
        self.session = session if ours else None
        consumer: Any = SimpleNamespace(position=lambda: position)
        producer: Any = SimpleNamespace()
        settings = load_settings(state_dir=folder)
        self.relay = relay.Relay(settings, Metrics(CollectorRegistry()), consumer, producer)
        self.relay._loop.session = self.session
        patch.setattr(relay, "LOOK_SECONDS", 0.0)
        patch.setattr(relay, "monotonic", self._monotonic)
        patch.setattr(relay, "end_offsets", self._ends)
        patch.setattr("os._exit", self._end)

    def _monotonic(self) -> float:
        self.now += 1.0
        self.relay._loop.rounds += 1
        if self.session is not None and self.reads_every and self.now % self.reads_every == 0:
            self.session.next_offset += 1
        if self.now > self.seconds:
            raise Over
        return self.now

    def _ends(self, *_: Any) -> dict[tuple[str, int], int]:
        self.asked += 1
        if self.end is None:
            raise BrokerUnavailable("127.0.0.1:1", "nobody answers")
        return {("alerts", 0): self.end}

    def _end(self, status: int) -> None:
        assert status == CRASHED
        raise Ended

    async def ended(self, seconds: float, *, reads_every: float = 0.0) -> bool:
        """Watch for so long; whether it ended."""
        self.seconds, self.reads_every = seconds, reads_every
        with pytest.raises((Ended, Over)) as how:
            await self.relay._watch()
        return how.type is Ended


@pytest.mark.parametrize("position", [3, None], ids=["behind", "unknown"])
async def test_messages_wait_and_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, position: int | None
) -> None:
    bench = Bench(tmp_path, monkeypatch, end=5, position=position)
    assert await bench.ended(100)
    assert relay.UNREAD_SECONDS <= bench.now <= relay.UNREAD_SECONDS + 6


@pytest.mark.parametrize(
    ("end", "position", "ours", "reads_every"),
    [(5, 5, True, 0.0), (None, 3, True, 0.0), (5, None, False, 0.0), (500, 3, True, 30.0)],
    ids=["all is read", "no broker", "stands by", "slowly"],
)
async def test_who_can_read_nothing_more_goes_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: int | None,
    position: int | None,
    ours: bool,
    reads_every: float,
) -> None:
    bench = Bench(tmp_path, monkeypatch, end=end, position=position, ours=ours)
    assert not await bench.ended(200, reads_every=reads_every)
    assert bench.asked <= 200 / relay.ASK_SECONDS
