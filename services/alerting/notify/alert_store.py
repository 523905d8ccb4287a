"""All alerts as they must stand at every Alertmanager, by their labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.alerting.notify.alert import ActiveAlert
from services.alerting.notify.alert_state import AlertState
from services.alerting.notify.annotations import Annotations
from services.alerting.notify.labels import Labels
from services.alerting.notify.pending_offset import PendingOffset
from services.alerting.notify.postable import PostableAlert, key_of


class GettableAlert(NamedTuple):
    """An alert that an Alertmanager holds as firing; `starts_at` in ms."""

    labels: Labels
    annotations: Annotations
    starts_at: int


class AlertStore:
    """Every Alertmanager is brought to what stands here, each at its own pace. Times in ms of wall time."""

    def __init__(self) -> None:
        self._alerts: dict[str, ActiveAlert] = {}

    def get(self, labels: Labels) -> ActiveAlert | None:
        """The alert with these labels."""
        return self._alerts.get(key_of(labels))

    def fire(
        self, labels: Labels, incident: str, starts_at: int, annotations: Annotations, offsets: Iterable[PendingOffset]
    ) -> ActiveAlert:
        """Let the alert with these labels fire and say this; `offsets` wait until one Alertmanager has taken it."""
        alert = self._alerts.setdefault(key_of(labels), ActiveAlert(labels, incident, starts_at, annotations))
        alert.incident, alert.starts_at = incident, starts_at
        alert.fire(annotations, offsets)
        return alert

    def withdraw(self, alert: ActiveAlert, now: int) -> list[PendingOffset]:
        """Another alert says it from now on: this one ends, or goes if nobody knows it; the offsets for the other."""
        if alert.state is not AlertState.NEW:
            alert.resolve(now)
            return []
        del self._alerts[key_of(alert.labels)]
        return alert.pending()

    def adopt(self, found: GettableAlert, incident: str, confirmed_at: int) -> ActiveAlert:
        """An alert that some Alertmanager holds from before this process began."""
        alert = ActiveAlert(found.labels, incident, found.starts_at, found.annotations)
        alert.adopt(confirmed_at)
        self._alerts[key_of(found.labels)] = alert
        return alert

    def due(self, alertmanager: str, now: int) -> list[PostableAlert]:
        """What this Alertmanager must be sent now; alerts of the same incident stand together, what ends first."""
        due = [alert for alert in self._alerts.values() if alert.is_due(alertmanager, now)]
        return [alert.post(now) for alert in sorted(due, key=lambda alert: (alert.incident, alert.fires))]

    def confirm(self, alertmanager: str, post: PostableAlert, now: int, refused: bool = False) -> list[PendingOffset]:
        """An Alertmanager has taken a post, or refused it for good; the offsets that waited for that."""
        alert = self._alerts.get(post.key)
        return [] if alert is None else alert.confirm(alertmanager, post, now, refused)

    def forget(self, alertmanager: str) -> None:
        """An Alertmanager did not answer: it may be a new one that knows nothing."""
        for alert in self._alerts.values():
            alert.forget(alertmanager)

    def pending(self) -> list[PendingOffset]:
        """The offsets of what no Alertmanager has taken."""
        return [offset for alert in self._alerts.values() for offset in alert.pending()]

    def remove_done(self, now: int) -> None:
        """Let go of what is over and was said often enough."""
        self._alerts = {key: alert for key, alert in self._alerts.items() if not alert.is_done(now)}
