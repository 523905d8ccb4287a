"""The alert of a single incident: it says what the record says, and ends when the incident is over."""

from __future__ import annotations

from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.alert_store import AlertStore
from services.alerting.notify.annotations import Annotations, annotations_of, market_annotations
from services.alerting.notify.group_summary import summarise_group
from services.alerting.notify.grouping import AlertGroup
from services.alerting.notify.incident_state import IncidentEvent, IncidentState
from services.alerting.notify.labels import labels_of
from services.alerting.notify.tracked_incident import TrackedIncident
from services.domain.local_time import LocalTime
from services.domain.messages import IncidentRecord


class IncidentAlerts:
    """Puts the alerts of `tracked` incidents into `alerts`, and keeps them up to date. Times in ms of wall time."""

    def __init__(
        self,
        alerts: AlertStore,
        incidents: IncidentStore,
        tracked: dict[str, TrackedIncident],
        grafana: str,
        times: LocalTime,
    ) -> None:
        self._alerts, self._incidents, self._tracked = alerts, incidents, tracked
        self._grafana, self._times = grafana, times

    def fire(self, incident: TrackedIncident, now: int) -> None:
        """Let its alert say what its record is now; with other labels that is another alert, and the old one ends."""
        record, labels = incident.record, labels_of(incident.record)
        incident.note_delivery()
        self._take_over(incident)
        if incident.alert is not None and incident.alert.labels != labels:
            incident.pending += self._alerts.withdraw(incident.alert, now)
        annotations = self._annotations(record)
        incident.alert = self._alerts.fire(labels, incident.id, record.first_at, annotations, incident.pending)
        incident.pending = []
        incident.on(IncidentEvent.NOTIFY)

    def fire_and_resolve(self, incident: TrackedIncident, now: int) -> None:
        """Only its end is news: Alertmanager hears that its alert is over, whether it still holds that or not."""
        self.fire(incident, now)
        if incident.is_over:
            incident.resolve(now)

    def update_market_wide(self, incident: TrackedIncident, group: AlertGroup, now: int) -> None:
        """Let its alert say what is known of the single incidents that it represents, and stand in for the group's."""
        if incident.state is IncidentState.WAITING or (incident.fires and group.is_outdated):
            incident.pending += group.hand_over()
            self.fire(incident, now)

    def must_queue(self, incident: TrackedIncident, now: int) -> bool:
        """Whether an alert with its labels is still needed for an earlier incident that is over: each is notified."""
        earlier = self._earlier(incident)
        if earlier is None or earlier.alert is None or not earlier.is_over:
            return False
        return not earlier.alert.may_fire_anew(now)

    def _take_over(self, incident: TrackedIncident) -> None:
        """Forget the earlier incident whose alert has the same labels, and serves this one from now on."""
        earlier = self._earlier(incident)
        if earlier is not None and earlier.alert is self._alerts.get(labels_of(incident.record)):
            if earlier.fires:
                earlier.on(IncidentEvent.RESOLVE)
            del self._tracked[earlier.id]

    def _earlier(self, incident: TrackedIncident) -> TrackedIncident | None:
        """Another incident that the alert with its labels is, or was, about."""
        alert = self._alerts.get(labels_of(incident.record))
        if alert is None or alert.incident == incident.id:
            return None
        return self._tracked.get(alert.incident)

    def _annotations(self, record: IncidentRecord) -> Annotations:
        if record.raised.channel != "market":
            return annotations_of(record, self._grafana, self._times)
        kind = record.raised.entity
        return market_annotations(
            record, summarise_group(kind, self._incidents.open_of(kind)), self._grafana, self._times
        )
