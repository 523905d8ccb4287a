"""One Alertmanager kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry

from services.alerting.notify.alert import PendingOffset, PostableAlert
from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.alertmanager import Alertmanager, AlertmanagerUnavailable, Refused
from services.alerting.notify.sender import FAILS_AFTER_MS, Sender
from services.clock import now_ms
from services.observability.metrics import Metrics


class Scripted(Alertmanager):
    """Answers what it is told to."""

    def __init__(self) -> None:
        super().__init__("http://am:9093")
        self.up = True
        self.refuse: set[str] = set()
        self.taken: list[str] = []

    async def post(self, posts: Sequence[PostableAlert]) -> list[Refused]:
        if not self.up:
            raise AlertmanagerUnavailable("Alertmanager am:9093: refused")
        self.taken += [post.labels["entity"] for post in posts if post.labels["entity"] not in self.refuse]
        return [Refused(post, "400: bad") for post in posts if post.labels["entity"] in self.refuse]

    async def firing(self) -> list[GettableAlert]:
        if not self.up:
            raise AlertmanagerUnavailable("Alertmanager am:9093: refused")
        return []


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not within 30 s")


def board_of(*entities: str) -> AlertStore:
    board = AlertStore()
    for offset, entity in enumerate(entities):
        board.show({"entity": entity}, entity, 0, {"summary": entity}, [PendingOffset(offset, now_ms())])
    return board


async def test_what_is_due_is_posted_and_counted_through_an_outage() -> None:
    alertmanager, board, registry = Scripted(), board_of("A", "B", "BAD"), CollectorRegistry()
    alertmanager.refuse.add("BAD")
    alertmanager.up = False
    poster = Sender(alertmanager, lambda: board, Metrics(registry))

    def posts(result: str) -> float | None:
        labels = {"alertmanager": "am:9093", "result": result}
        return registry.get_sample_value("groundswell_relay_posts_total", labels)

    assert (posts("taken"), posts("refused"), posts("failed")) == (0, 0, 0)
    running = asyncio.create_task(poster.run())
    await until(lambda: (posts("failed") or 0) >= 1)
    assert len(board.waiting()) == 3
    assert (poster.delivers(now_ms()), poster.delivers(now_ms() + FAILS_AFTER_MS)) == (True, False)
    alertmanager.up = True
    await until(lambda: board.waiting() == [])
    running.cancel()
    assert (alertmanager.taken, posts("taken"), posts("refused")) == (["A", "B"], 1, 1)
    assert poster.delivers(now_ms() + FAILS_AFTER_MS)
    assert registry.get_sample_value("groundswell_relay_seconds_count") == 3


async def test_what_it_holds_is_unknown_while_it_is_down() -> None:
    alertmanager = Scripted()
    poster = Sender(alertmanager, lambda: None, Metrics(CollectorRegistry()))
    assert await poster.firing() == []
    alertmanager.up = False
    assert await poster.firing() is None
    assert not poster.delivers(now_ms() + FAILS_AFTER_MS)
