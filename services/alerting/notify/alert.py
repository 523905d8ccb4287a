"""One alert at Alertmanager, known by its labels: what it says now, who has taken that, and when it is due again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from services.alerting.notify.alert_state import ALERT_TRANSITIONS, AlertEvent, AlertState
from services.alerting.notify.annotations import Annotations
from services.alerting.notify.labels import Labels
from services.alerting.notify.pending_offset import PendingOffset, merge
from services.alerting.notify.postable import PostableAlert

RESEND_MS = 60_000
"""An alert is sent again so often."""
EXPIRES_MS = 300_000
"""An Alertmanager that hears nothing of a firing alert for so long takes it as resolved."""
RESEND_RESOLVED_MS = 300_000
"""A resolved alert is sent again for so long, for an Alertmanager that was away."""
LEAST_FIRING_MS = LEAST_RESOLVED_MS = 60_000
"""A shorter alert, or a shorter pause between two with the same labels, might not be notified."""


class DeliveryRecord(NamedTuple):
    """What one Alertmanager took last, and when (ms); it refused it where `refused` is set."""

    version: int
    at: int
    refused: bool


@dataclass(slots=True)
class ActiveAlert:
    """`incident` is the id of the one that it is about. Times in ms of wall time, but for `starts_at`."""

    labels: Labels
    incident: str
    starts_at: int
    annotations: Annotations
    state: AlertState = AlertState.NEW
    confirmed_at: int = 0
    """When it came to be FIRING or RESOLVED, where it is one of them."""
    resolved_at: int = 0
    """When it ended, where it is over."""
    version: int = 0
    """Of what it says; what is said after this one went out is another one."""
    _posted: int = -1
    """The version that went out last."""
    _deliveries: dict[str, DeliveryRecord] = field(default_factory=dict)
    """By the name of the Alertmanager."""
    _pending: dict[int, PendingOffset] = field(default_factory=dict)
    """Version -> the messages that it says, as one."""

    @property
    def fires(self) -> bool:
        """Whether it is not over."""
        return self.state is not AlertState.RESOLVED_UNCONFIRMED and self.state is not AlertState.RESOLVED

    def adopt(self, confirmed_at: int) -> None:
        """An Alertmanager holds it as firing."""
        self._on(AlertEvent.ADOPT)
        self.confirmed_at = confirmed_at

    def fire(self, annotations: Annotations, offsets: Iterable[PendingOffset]) -> None:
        """It says something new, which the messages at `offsets` have brought; it fires (again)."""
        self._on(AlertEvent.FIRE)
        self.annotations = annotations
        self._say(offsets)

    def resolve(self, at: int, offsets: Iterable[PendingOffset] = ()) -> None:
        """It is over at `at`."""
        self._on(AlertEvent.RESOLVE)
        self.resolved_at = at
        self._say(offsets)

    def is_due(self, alertmanager: str, now: int) -> bool:
        """Whether this Alertmanager must hear of it (again)."""
        last = self._deliveries.get(alertmanager)
        if last is None or last.version != self.version:
            return True
        return not last.refused and not 0 <= now - last.at < RESEND_MS

    def post(self, now: int) -> PostableAlert:
        """What to send now. An alert about a later time than now starts now, as none may end before it starts."""
        self._on(AlertEvent.POST)
        self._posted = self.version
        ends_at = now + EXPIRES_MS if self.fires else self.resolved_at
        starts_at = max(min(self.starts_at, ends_at, now), 0)
        return PostableAlert(self.labels, self.annotations, starts_at, ends_at, self.fires, self.version)

    def confirm(self, alertmanager: str, post: PostableAlert, now: int, refused: bool = False) -> list[PendingOffset]:
        """An Alertmanager has taken (or refused for good) a post; the offsets that waited for that."""
        if self.state is AlertState.NEW:  # a late answer about an earlier alert with these labels
            return []
        self._deliveries[alertmanager] = DeliveryRecord(post.version, now, refused)
        if post.firing == self.fires:
            before = self.state
            self._on(AlertEvent.CONFIRM)
            if self.state is not before:
                self.confirmed_at = now
        return [self._pending.pop(version) for version in list(self._pending) if version <= post.version]

    def forget(self, alertmanager: str) -> None:
        """This Alertmanager may have lost all."""
        self._deliveries.pop(alertmanager, None)

    def pending(self) -> list[PendingOffset]:
        """The offsets of what it says and no Alertmanager has taken."""
        return list(self._pending.values())

    def may_resolve(self, now: int) -> bool:
        """Whether it has fired for long enough to be notified."""
        return self.state is AlertState.FIRING and now - self.confirmed_at >= LEAST_FIRING_MS

    def may_fire_anew(self, now: int) -> bool:
        """Whether its end was said long enough ago to be notified, so that its labels may serve another incident."""
        return self.state is AlertState.RESOLVED and now - self.confirmed_at >= LEAST_RESOLVED_MS

    def is_done(self, now: int) -> bool:
        """Whether it is over and was said often enough."""
        return self.state is AlertState.RESOLVED and now - self.confirmed_at >= RESEND_RESOLVED_MS

    def _on(self, event: AlertEvent) -> None:
        self.state = ALERT_TRANSITIONS.after(self.state, event)

    def _say(self, offsets: Iterable[PendingOffset]) -> None:
        if self._posted == self.version:
            self.version += 1
        every = [*offsets, *([self._pending[self.version]] if self.version in self._pending else ())]
        if every:
            self._pending[self.version] = merge(every)
