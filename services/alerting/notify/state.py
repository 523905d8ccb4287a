"""What the relay knows and has delivered: changes in, alerts and the offset to commit out. No clock, no I/O.

A new incident waits a moment and then gets an alert of its own, or, when there are many, is represented by one alert
together with all of its kind: see `grouping.py`. Times in ms of wall time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.alerting.incidents.store import IncidentChange, IncidentStore
from services.alerting.notify.alert_store import AlertStore, GettableAlert
from services.alerting.notify.group_alert import GroupAlerts
from services.alerting.notify.grouping import MOST_FIRING, GroupingPolicy
from services.alerting.notify.incident_alert import IncidentAlerts
from services.alerting.notify.incident_state import IncidentEvent, IncidentState
from services.alerting.notify.labels import SURGE_GROUP, labels_of
from services.alerting.notify.pending_offset import PendingOffset
from services.alerting.notify.start_up import START_UP_TRANSITIONS, StartUp, StartUpEvent
from services.alerting.notify.tracked_incident import TrackedIncident
from services.domain.local_time import IN_UTC, LocalTime

HISTORY_MS = 3_600_000
"""At the very first start, nobody is notified of what was cleared longer ago."""


class RelayState:
    """Starts from `incidents`, as a restart finds them; notifies nobody before `caught_up` and `adopt` were called."""

    def __init__(self, incidents: IncidentStore, *, first_start: bool, grafana: str, times: LocalTime = IN_UTC) -> None:
        self.alerts = AlertStore()
        self.start_up = StartUp.CATCHING_UP
        self._incidents = incidents
        self._first_start = first_start
        self._tracked: dict[str, TrackedIncident] = {}
        """By their ids; members of a group are in the group."""
        self._grouping = GroupingPolicy(incidents)
        self._group_alerts = GroupAlerts(self.alerts, incidents, grafana, times)
        self._incident_alerts = IncidentAlerts(self.alerts, incidents, self._tracked, grafana, times)

    def apply(self, change: IncidentChange, now: int) -> None:
        """Take in what a message has changed; a copy counts only where its first may not have been delivered."""
        if not change.new and self.start_up is not StartUp.CATCHING_UP:
            return
        record = change.record
        group = self._grouping.of(record.raised.kind)
        group.is_outdated = True
        incident = self._tracked.get(record.raised.id)
        if incident is None and self.start_up is StartUp.READY and not change.raised:
            group.member_ended(record)
            return
        if incident is None:
            incident = group.members.pop(record.raised.id, None) or TrackedIncident(record, now)
            self._tracked[incident.id] = incident
        incident.record, incident.changed_at = record, change.time
        offset = PendingOffset(change.offset, change.time)
        if change.raised:
            self._raise(incident, offset, now)
        else:
            incident.clear(offset, now)

    def caught_up(self, now: int) -> None:
        """All that stood on the topic at the start is read: what comes again from now on are copies.

        :raises ImpossibleEvent: when that was said before.
        """
        self.start_up = START_UP_TRANSITIONS.after(self.start_up, StartUpEvent.CAUGHT_UP)
        if self._first_start:
            self._forget(
                each for each in self._tracked.values() if each.is_over and now - each.changed_at >= HISTORY_MS
            )

    def adopt(self, found: Iterable[GettableAlert], now: int) -> None:
        """Once caught up: take over what Alertmanager holds as firing; what is open besides waits to be notified.

        :raises ImpossibleEvent: when it is not caught up, or was done before.
        """
        self.start_up = START_UP_TRANSITIONS.after(self.start_up, StartUpEvent.ADOPTED)
        for record in self._incidents.open.values():
            if record.raised.id not in self._tracked:
                incident = self._tracked[record.raised.id] = TrackedIncident(record, now)
                incident.on(IncidentEvent.RAISE)
        adopted = {self._adopt(alert, now) for alert in found}
        for incident in list(self._tracked.values()):
            incident.since = now
            if incident.id in adopted:
                self._incident_alerts.fire(incident, now)

    def tick(self, now: int) -> None:
        """Let time pass: notify what has waited long enough, end what has fired long enough."""
        if self.start_up is not StartUp.READY:
            return
        for incident in self._tracked.values():
            incident.note_delivery()
        room = MOST_FIRING - sum(incident.fires for incident in self._tracked.values())
        self._grouping.open_or_close(self._tracked.values(), room <= 0, now)
        for incident in sorted(self._tracked.values(), key=lambda incident: incident.is_market_wide):
            if incident.state is IncidentState.CLEARED:
                self._incident_alerts.fire_and_resolve(incident, now)
            elif incident.is_market_wide:
                group = self._grouping.of(incident.record.raised.entity)
                self._incident_alerts.update_market_wide(incident, group, now)
            else:
                room -= self._decide(incident, room, now)
            incident.resolve_if_over(now)
        for group in self._grouping:
            self._group_alerts.update(group, now)
        self.alerts.remove_done(now)
        self._forget(incident for incident in self._tracked.values() if incident.is_done(now))

    def first_pending(self) -> int | None:
        """The lowest offset of a message that no Alertmanager has taken: commit nothing beyond."""
        return min((each.offset for each in self._pending()), default=None)

    def pending_since(self) -> int | None:
        """The time of the oldest message that no Alertmanager has taken."""
        if self.start_up is StartUp.CATCHING_UP:
            return None
        return min((each.time for each in self._pending() if each.time is not None), default=None)

    def _pending(self) -> Iterator[PendingOffset]:
        yield from self.alerts.pending()
        yield from self._grouping.pending()
        for incident in self._tracked.values():
            yield from incident.waiting_offsets()

    def _raise(self, incident: TrackedIncident, offset: PendingOffset, now: int) -> None:
        before = incident.state
        incident.raise_again(offset)
        if incident.fires:
            self._incident_alerts.fire(incident, now)
        elif before in {IncidentState.NEW, IncidentState.RESOLVED, IncidentState.GROUPED}:
            incident.since = now
            if before is not IncidentState.GROUPED and self.start_up is StartUp.READY:
                self._grouping.arrived(incident, now)

    def _adopt(self, found: GettableAlert, now: int) -> str:
        """Take over one alert; the incident that it is about."""
        name = found.annotations["incident"]
        if found.labels["alertname"] == SURGE_GROUP:
            self._group_alerts.adopt(self._grouping.of(found.labels.get("kind", "")), found)
            return name
        incident = self._tracked.get(name)
        just_taken = incident is not None and bool(incident.pending)
        alert = self.alerts.adopt(found, name, confirmed_at=now if just_taken else 0)
        if incident is None or alert.labels != labels_of(incident.record):
            alert.resolve(now)
        else:
            incident.alert = alert
            incident.on(IncidentEvent.ADOPT)
        return name

    def _decide(self, incident: TrackedIncident, room: int, now: int) -> bool:
        """Notify an incident, let one alert represent it together with others, or wait; whether it takes room."""
        if self._grouping.represents(incident, now):
            self._join(incident, now)
        elif incident.state is IncidentState.WAITING and not self._must_wait(incident, now):
            if room > 0:
                self._incident_alerts.fire(incident, now)
                return True
            self._grouping.of(incident.kind).is_open = True
            self._join(incident, now)
        return False

    def _must_wait(self, incident: TrackedIncident, now: int) -> bool:
        group = self._grouping.of(incident.kind)
        return group.must_wait(incident.since, now) or self._incident_alerts.must_queue(incident, now)

    def _join(self, incident: TrackedIncident, now: int) -> None:
        """Let its group represent an incident from now on."""
        withdrawn = [] if incident.alert is None else self.alerts.withdraw(incident.alert, now)
        self._grouping.of(incident.kind).join(incident, withdrawn)
        del self._tracked[incident.id]

    def _forget(self, incidents: Iterable[TrackedIncident]) -> None:
        for incident in list(incidents):
            del self._tracked[incident.id]
