"""Keeps one Alertmanager up to date, at its own pace: one that is down holds up no other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.alertmanager import Alertmanager, AlertmanagerUnavailable, until_available
from services.alerting.notify.pending_offset import PendingOffset
from services.alerting.notify.postable import PostableAlert, batches
from services.clock import now_ms
from services.observability.metrics import Metrics

LOOK_SECONDS = 0.1
FAILS_AFTER_MS = 60_000
"""An Alertmanager that has taken nothing for so long does not deliver."""
RESULTS = ("taken", "refused", "failed")

log = logging.getLogger(__name__)


class Sender:
    """`alerts` gives what to bring it to, None while there is nothing to send."""

    def __init__(self, alertmanager: Alertmanager, alerts: Callable[[], AlertStore | None], metrics: Metrics) -> None:
        self._alertmanager, self._alerts, self._metrics = alertmanager, alerts, metrics
        self._failing_since: int | None = None
        self._why = ""
        for result in RESULTS:
            metrics.relay_posts.labels(alertmanager.name, result)

    def delivers(self, now: int) -> bool:
        """Whether it takes what is posted, as far as is known."""
        return self._failing_since is None or now - self._failing_since < FAILS_AFTER_MS

    async def firing(self) -> list[GettableAlert] | None:
        """What it holds as firing; None when it does not answer."""
        try:
            found = await self._alertmanager.firing()
        except AlertmanagerUnavailable as error:
            self._failed(error)
            return None
        self._answered()
        return found

    async def run(self) -> None:
        """Post what is due, for ever."""
        while True:
            await until_available(self._post_due)
            await asyncio.sleep(LOOK_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        await self._alertmanager.close()

    async def _post_due(self) -> None:
        alerts, name = self._alerts(), self._alertmanager.name
        if alerts is None:
            return
        try:
            for batch in batches(alerts.due(name, now_ms())):
                await self._post(batch, alerts)
        except AlertmanagerUnavailable as error:
            self._failed(error)
            alerts.forget(name)
            raise

    async def _post(self, batch: Sequence[PostableAlert], alerts: AlertStore) -> None:
        refusals = await self._alertmanager.post(batch)
        self._answered()
        for refusal in refusals:
            log.error("an alert is refused and left out: %s: %s", refusal.post.labels, refusal.answer)
        self._count("refused", len(refusals))
        self._count("taken", 1 if len(refusals) < len(batch) else 0)
        refused = {refusal.post.key for refusal in refusals}
        for post in batch:
            self._observe(alerts.confirm(self._alertmanager.name, post, now_ms(), refused=post.key in refused))

    def _observe(self, delivered: Sequence[PendingOffset]) -> None:
        for message in delivered:
            if message.time is not None:
                self._metrics.relay_seconds.observe(max(now_ms() - message.time, 0) / 1000)

    def _answered(self) -> None:
        if self._failing_since is not None:
            log.info("Alertmanager %s answers again", self._alertmanager.name)
        self._failing_since, self._why = None, ""

    def _failed(self, error: AlertmanagerUnavailable) -> None:
        self._count("failed", 1)
        if self._failing_since is None:
            self._failing_since = now_ms()
        if str(error) != self._why:
            log.warning("%s; the relay tries again, nothing is lost", error)
            self._why = str(error)

    def _count(self, result: str, posts: int) -> None:
        self._metrics.relay_posts.labels(self._alertmanager.name, result).inc(posts)
