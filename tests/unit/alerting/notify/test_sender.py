"""One Alertmanager kept up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry

from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.alertmanager import Alertmanager, AlertmanagerUnavailable, Refused
from services.alerting.notify.pending_offset import PendingOffset
from services.alerting.notify.postable import PostableAlert
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


def store_of(*entities: str) -> AlertStore:
    store = AlertStore()
    for offset, entity in enumerate(entities):
        store.fire({"entity": entity}, entity, 0, {"summary": entity}, [PendingOffset(offset, now_ms())])
    return store


async def test_what_is_due_is_posted_and_counted_through_an_outage() -> None:
    alertmanager, store, registry = Scripted(), store_of("A", "B", "BAD"), CollectorRegistry()
    alertmanager.refuse.add("BAD")
    alertmanager.up = False
    sender = Sender(alertmanager, lambda: store, Metrics(registry))

    def posts(result: str) -> float | None:
        labels = {"alertmanager": "am:9093", "result": result}
        return registry.get_sample_value("groundswell_relay_posts_total", labels)

    assert (posts("taken"), posts("refused"), posts("failed")) == (0, 0, 0)
    running = asyncio.create_task(sender.run())
    await until(lambda: (posts("failed") or 0) >= 1)
    assert len(store.pending()) == 3
    assert (sender.delivers(now_ms()), sender.delivers(now_ms() + FAILS_AFTER_MS)) == (True, False)
    alertmanager.up = True
    await until(lambda: store.pending() == [])
    running.cancel()
    assert (alertmanager.taken, posts("taken"), posts("refused")) == (["A", "B"], 1, 1)
    assert sender.delivers(now_ms() + FAILS_AFTER_MS)
    assert registry.get_sample_value("groundswell_relay_seconds_count") == 3


async def test_what_it_holds_is_unknown_while_it_is_down() -> None:
    alertmanager = Scripted()
    sender = Sender(alertmanager, lambda: None, Metrics(CollectorRegistry()))
    assert await sender.firing() == []
    alertmanager.up = False
    assert await sender.firing() is None
    assert not sender.delivers(now_ms() + FAILS_AFTER_MS)
