"""When a Faust worker counts as stuck: seen through an app that only has what the watch looks at."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from services.domain.errors import BrokerUnavailable
from services.kafka import stuck
from services.kafka.stuck import Limits, StuckWatch, Work


class Part(NamedTuple):
    """A partition."""

    topic: str
    partition: int


LIMITS = Limits()
PART, CHANGELOG = Part("opinions.scored", 0), Part("changelog", 0)


class FakeConsumer:
    """One partition, read up to `read`."""

    def __init__(self, read: int, unacked: int) -> None:
        self.read = read
        self._read_offset = {"part": read}
        self._committed_offset = {"part": 0}
        self._unacked_messages = ["message"] * unacked
        self.answers = True
        self.error: Exception | None = None

    def group_error(self) -> Exception | None:
        return self.error

    def assignment(self) -> set[Part]:
        return {PART, CHANGELOG}

    async def position(self, _part: Any) -> int:
        if not self.answers:
            await asyncio.Event().wait()
        return self.read


class Bench:
    """A watch over a fake app; the broker says that the partition ends at `end`, or nothing when that is None."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, read: int, end: int | None, unacked: int = 0) -> None:
        self.end, self.asked, self.done, self.now = end, 0, 0, 0.0
        self.consumer = FakeConsumer(read, unacked)
        recovery = SimpleNamespace(active_offsets={}, in_recovery=False)
        tables = SimpleNamespace(recovery=recovery, changelog_topics={CHANGELOG.topic})
        self.app = SimpleNamespace(
            consumer=self.consumer, tables=tables, rebalancing=False, rebalancing_count=1, known_broker="broker"
        )
        monkeypatch.setattr(stuck, "end_offsets", self._ends)
        monkeypatch.setattr(stuck, "monotonic", lambda: 0.0)
        monkeypatch.setattr(stuck, "ANSWER_SECONDS", 0.01)
        self.watch = StuckWatch(self.app, Work(done=lambda: self.done), LIMITS)

    def _ends(self, _broker: str, parts: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        assert parts == [(PART.topic, 0)]  # the changelog is nobody's work
        self.asked += 1
        if self.end is None:
            raise BrokerUnavailable("127.0.0.1:1", "nobody answers")
        return {(PART.topic, 0): self.end}

    def longest(self, seconds: float, *, moves_every: float = 0.0) -> float:
        """The longest wait that is seen within `seconds`."""
        longest, until = 0.0, self.now + seconds
        while self.now < until:
            self.now += LIMITS.look
            if moves_every and self.now % moves_every == 0:
                self.done += 1
            longest = max(longest, asyncio.run(self.watch.look(self.now)))
        return longest


@pytest.mark.parametrize(("read", "end", "unacked"), [(5, 9, 0), (9, 9, 3)], ids=["unread", "in hand"])
def test_records_wait_and_nothing_moves(monkeypatch: pytest.MonkeyPatch, read: int, end: int, unacked: int) -> None:
    assert Bench(monkeypatch, read=read, end=end, unacked=unacked).longest(60) >= LIMITS.stuck


def test_a_consumer_that_does_not_answer_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, read=9, end=9)
    bench.consumer.answers = False
    assert bench.longest(60) >= LIMITS.stuck


def test_nothing_to_do_is_not_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, read=9, end=9)
    assert bench.longest(600) <= LIMITS.ask + LIMITS.look
    assert 600 / LIMITS.ask - 10 <= bench.asked <= 600 / LIMITS.ask


def test_work_that_comes_late_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, read=9, end=9)
    bench.longest(300)
    bench.end = 10
    assert bench.longest(LIMITS.stuck - LIMITS.ask - LIMITS.look) < LIMITS.stuck


@pytest.mark.parametrize("unacked", [0, 5])
def test_a_broker_that_is_gone_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch, unacked: int) -> None:
    assert Bench(monkeypatch, read=5, end=None, unacked=unacked).longest(600) < LIMITS.stuck


def test_slow_progress_is_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Bench(monkeypatch, read=5, end=9, unacked=4).longest(600, moves_every=30) < LIMITS.stuck


def test_what_is_restored_counts_as_moving(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, read=5, end=9)
    bench.app.tables.recovery.in_recovery = True
    for restored in range(20):
        bench.app.tables.recovery.active_offsets = {"changelog": restored}
        assert bench.longest(30) < LIMITS.stuck


@pytest.mark.parametrize("rebalancing", [False, True])
def test_the_limit_is_that_of_what_is_under_way(monkeypatch: pytest.MonkeyPatch, rebalancing: bool) -> None:
    bench = Bench(monkeypatch, read=5, end=9)
    bench.app.rebalancing = rebalancing
    limit = LIMITS.patient if rebalancing else LIMITS.stuck
    assert bench.watch._why_ended(limit - 1) is None
    assert bench.watch._why_ended(limit) == f"records wait, and nothing has moved for {limit:.0f} s"


def test_who_takes_no_part_in_the_group_any_more_is_ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, read=9, end=9)
    bench.consumer.error = ValueError("no heartbeat")
    assert bench.watch._why_ended(0) == (
        "this worker takes no part in its consumer group any more: ValueError('no heartbeat')"
    )
