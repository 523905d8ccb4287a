"""The one alert of a group: what it says, when it fires, and when it is over."""

from __future__ import annotations

from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.alert_state import AlertState
from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.annotations import group_annotations
from services.alerting.notify.group_summary import summarise_group
from services.alerting.notify.grouping import AlertGroup
from services.alerting.notify.labels import group_labels
from services.domain.event_time import format_iso
from services.domain.local_time import LocalTime


class GroupAlerts:
    """Puts the alerts of groups into `alerts`, and keeps them up to date. Times in ms of wall time."""

    def __init__(self, alerts: AlertStore, incidents: IncidentStore, grafana: str, times: LocalTime) -> None:
        self._alerts, self._incidents, self._grafana, self._times = alerts, incidents, grafana, times

    def adopt(self, group: AlertGroup, found: GettableAlert) -> None:
        """Some Alertmanager holds the group's alert as firing from before this process began."""
        group.alert = self._alerts.adopt(found, found.annotations["incident"], confirmed_at=0)
        group.is_open = group.is_outdated = True

    def update(self, group: AlertGroup, now: int) -> None:
        """Let it fire while the group is open, unless a market-wide incident's alert stands in for it."""
        stands_in = self._incidents.is_market_wide(group.kind)
        if group.is_open and not stands_in:
            if group.is_outdated if group.fires else self._has_to_fire(group):
                self._fire(group, now)
        elif group.alert is not None and group.alert.fires:
            if stands_in and group.is_undelivered:
                group.pending += self._alerts.withdraw(group.alert, now)
                group.alert = None
            elif group.alert.may_resolve(now):
                self._fire(group, now)
                group.alert.resolve(now)
            elif group.is_outdated and not stands_in:
                self._fire(group, now)

    def _has_to_fire(self, group: AlertGroup) -> bool:
        """Whether the group represents anything: when all is over, or was notified otherwise, there is no alert."""
        return bool(group.pending) or any(member in self._incidents.open for member in group.members)

    def _fire(self, group: AlertGroup, now: int) -> None:
        alert = group.alert
        starts_at = alert.starts_at if alert is not None and alert.fires else now
        if alert is not None and alert.state is AlertState.FIRING:
            group.ended.clear()
        incident = f"storm:{group.kind}@{format_iso(starts_at)}"
        summary = summarise_group(group.kind, self._incidents.open_of(group.kind), group.ended.values())
        annotations = group_annotations(incident, summary, self._grafana, self._times)
        group.alert = self._alerts.fire(group_labels(group.kind), incident, starts_at, annotations, group.pending)
        group.pending, group.is_outdated = [], False
