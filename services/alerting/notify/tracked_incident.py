"""An incident that waits for its own alert, has one, or is in a group."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.alerting.notify.alert import ActiveAlert
from services.alerting.notify.alert_state import AlertState
from services.alerting.notify.incident_state import INCIDENT_TRANSITIONS, IncidentEvent, IncidentState
from services.alerting.notify.pending_offset import PendingOffset
from services.domain.incident import is_open
from services.domain.messages import Channel, IncidentRecord


@dataclass(slots=True)
class TrackedIncident:
    """Times in ms of wall time."""

    record: IncidentRecord
    since: int
    """When it began to wait for an alert."""
    state: IncidentState = IncidentState.NEW
    changed_at: int = 0
    """The time of its last message's Kafka record."""
    alert: ActiveAlert | None = None
    """Its own, unless it waits or is in a group."""
    pending: list[PendingOffset] = field(default_factory=list)
    """Of what its alert does not say yet."""
    pending_end: PendingOffset | None = None
    """Of its end, as long as its alert does not say that."""

    @property
    def id(self) -> str:
        """The id of the incident."""
        return self.record.raised.id

    @property
    def kind(self) -> str:
        """The kind of key that it is about."""
        return self.record.raised.kind

    @property
    def channel(self) -> Channel:
        """The channel that raised it."""
        return self.record.raised.channel

    @property
    def is_market_wide(self) -> bool:
        """Whether it represents others."""
        return self.channel == "market"

    @property
    def is_over(self) -> bool:
        """Whether it is cleared."""
        return not is_open(self.record)

    @property
    def fires(self) -> bool:
        """Whether its own alert fires."""
        return self.state is IncidentState.NOTIFYING or self.state is IncidentState.NOTIFIED

    @property
    def is_undelivered(self) -> bool:
        """Whether no Alertmanager has taken an alert of its own."""
        state = self.state
        return state is IncidentState.WAITING or state is IncidentState.CLEARED or state is IncidentState.NOTIFYING

    def on(self, event: IncidentEvent) -> None:
        """Go on to the next state.

        :raises ImpossibleEvent: when the event cannot come in this state.
        """
        self.state = INCIDENT_TRANSITIONS.after(self.state, event)

    def raise_again(self, offset: PendingOffset) -> None:
        """A message has raised it, whatever the last one said."""
        if self.state is IncidentState.RESOLVED:
            self.alert = None
        self.on(IncidentEvent.RAISE)
        self.pending += [*self._ends(), offset]
        self.pending_end = None

    def clear(self, offset: PendingOffset, now: int) -> None:
        """A message has ended it. Where its alert has to fire on for a while, the delivery of that is not measured."""
        self.on(IncidentEvent.CLEAR)
        at_once = self.alert is not None and self.alert.may_resolve(now)
        self.pending_end = offset if at_once else offset._replace(time=None)

    def note_delivery(self) -> None:
        """Look whether an Alertmanager has taken its alert meanwhile."""
        if self.state is IncidentState.NOTIFYING and self.alert is not None and self.alert.state is AlertState.FIRING:
            self.on(IncidentEvent.CONFIRM)

    def resolve(self, now: int) -> None:
        """Let its alert end."""
        self.on(IncidentEvent.RESOLVE)
        if self.alert is not None:
            self.alert.resolve(now, self._ends())
        self.pending_end = None

    def resolve_if_over(self, now: int) -> None:
        """Let its alert end where the incident is over, and the alert has fired for long enough."""
        if self.fires and self.is_over and self.alert is not None and self.alert.may_resolve(now):
            self.resolve(now)

    def waiting_offsets(self) -> list[PendingOffset]:
        """Those that a restart has to read again; once it has an alert, a restart finds it firing, and ends it."""
        return [*self.pending, *(self._ends() if self.alert is None else ())]

    def hand_over(self) -> list[PendingOffset]:
        """Another alert represents it from now on; the offsets for that."""
        offsets = [*self.pending, *self._ends()]
        self.on(IncidentEvent.GROUP)
        self.alert, self.pending, self.pending_end = None, [], None
        return offsets

    def is_done(self, now: int) -> bool:
        """Whether its end was said often enough."""
        return self.state is IncidentState.RESOLVED and self.alert is not None and self.alert.is_done(now)

    def _ends(self) -> list[PendingOffset]:
        return [] if self.pending_end is None else [self.pending_end]
