"""When a new alert waits, and when many become one.

Alertmanager groups, too; but with 10,000 groups it has sent the first ones before it knows of the others. So the relay
does it before, by Alertmanager's words:

- **Group wait:** a new incident waits until no other one of its kind has come for a second, and for five at most.
- **The group of a kind opens** when more than 20 of it come within ten minutes, or wait to be notified, and when there
  is no room for one more alert. It stays open as long as more than 20 are open, its own alert is not delivered, or
  there is no room.
- **A group is one alert:** while it is open, or a market-wide incident about the kind is, one alert represents every
  incident of the kind that no Alertmanager has heard of: its own, see `group_alert.py`, or the market-wide incident's.

Incidents of opinion and of volume are grouped. Fulfilled rules are notified one by one, as long as there is room.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.alert import ActiveAlert
from services.alerting.notify.alert_state import AlertState
from services.alerting.notify.incident_state import IncidentState
from services.alerting.notify.pending_offset import PendingOffset
from services.alerting.notify.tracked_incident import TrackedIncident
from services.domain.messages import Channel, IncidentRecord

GROUP_WAIT_MS = 1_000
LONGEST_GROUP_WAIT_MS = 5_000
MOST_SINGLE = 20
"""More incidents of a kind than this within `WITHIN_MS`, or that wait, are a group."""
WITHIN_MS = 600_000
UNDELIVERED_MS = 10_000
"""An incident whose alert no Alertmanager has taken for so long may still join its group."""
MOST_FIRING = 190
"""Alerts of single incidents at a time; the rest of the 200 is for those that represent many."""
GROUPED_CHANNELS: frozenset[Channel] = frozenset({"negative", "volume"})


@dataclass(slots=True)
class AlertGroup:
    """The incidents of a kind that one alert represents. Times in ms of wall time: people's, not the texts'."""

    kind: str
    is_open: bool = False
    alert: ActiveAlert | None = None
    """Its own."""
    is_outdated: bool = False
    """Whether more is known of the kind than an alert says that represents it."""
    members: dict[str, TrackedIncident] = field(default_factory=dict)
    """Open incidents that it represents."""
    ended: dict[str, IncidentRecord] = field(default_factory=dict)
    """Members that ended before an Alertmanager heard of them."""
    pending: list[PendingOffset] = field(default_factory=list)
    """Of members that no alert represents yet."""
    _arrivals: deque[int] = field(default_factory=lambda: deque(maxlen=MOST_SINGLE + 1))

    @property
    def fires(self) -> bool:
        """Whether its own alert fires."""
        return self.alert is not None and self.alert.fires

    @property
    def is_undelivered(self) -> bool:
        """Whether its own alert fires, and no Alertmanager has taken it."""
        return self.alert is not None and self.alert.fires and self.alert.state is not AlertState.FIRING

    def arrived(self, now: int) -> None:
        """One more incident was raised, or raised again."""
        self._arrivals.append(now)

    def must_wait(self, since: int, now: int) -> bool:
        """Whether the group wait of an incident that came at `since` is not over."""
        latest = self._arrivals[-1] if self._arrivals else since
        return now < min(max(latest, since) + GROUP_WAIT_MS, since + LONGEST_GROUP_WAIT_MS)

    def open_or_close(self, undelivered: int, open_now: int, is_full: bool, now: int) -> None:
        """By how many of the kind no Alertmanager has heard of, how many are open, and whether there is no room."""
        are_many = len(self._arrivals) > MOST_SINGLE and now - self._arrivals[0] <= WITHIN_MS
        goes_on = self.is_open and (is_full or self.is_undelivered or open_now > MOST_SINGLE)
        self.is_open = are_many or undelivered > MOST_SINGLE or goes_on

    def join(self, incident: TrackedIncident, offsets: Iterable[PendingOffset]) -> None:
        """Represent an incident from now on, until it ends or is raised again; `offsets` are of its own alert."""
        self.pending += [*incident.hand_over(), *offsets]
        self.is_outdated = True
        if incident.is_over:
            self.ended[incident.id] = incident.record
        else:
            self.members[incident.id] = incident

    def hand_over(self) -> list[PendingOffset]:
        """The alert of a market-wide incident says what is known of the members: what waited for that, for it."""
        pending, self.pending = self.pending, []
        self.is_outdated = False
        self.ended.clear()
        return pending

    def member_ended(self, record: IncidentRecord) -> None:
        """An incident is over; where it is a member, it is one no longer."""
        member = self.members.pop(record.raised.id, None)
        if member is not None and (self.pending or self.is_undelivered):
            self.ended[record.raised.id] = record


class GroupingPolicy:
    """The groups of all kinds."""

    def __init__(self, incidents: IncidentStore) -> None:
        self._incidents = incidents
        self._groups: dict[str, AlertGroup] = {}

    def __iter__(self) -> Iterator[AlertGroup]:
        return iter(self._groups.values())

    def of(self, kind: str) -> AlertGroup:
        """The group of a kind, open or not."""
        if kind not in self._groups:
            self._groups[kind] = AlertGroup(kind)
        return self._groups[kind]

    def arrived(self, incident: TrackedIncident, now: int) -> None:
        """An incident was raised, or raised again."""
        if _is_grouped(incident):
            self.of(incident.kind).arrived(now)

    def open_or_close(self, incidents: Iterable[TrackedIncident], is_full: bool, now: int) -> None:
        """Open and close groups by the incidents that are not in one; no more alerts may fire when `is_full`."""
        undelivered = Counter(each.kind for each in incidents if each.is_undelivered and _is_grouped(each))
        for group in self:
            open_now = self._incidents.count(group.kind, GROUPED_CHANNELS)
            group.open_or_close(undelivered[group.kind], open_now, is_full, now)

    def represents(self, incident: TrackedIncident, now: int) -> bool:
        """Whether one alert shall represent an incident together with others of its kind."""
        may_join = incident.state is IncidentState.WAITING or (
            incident.state is IncidentState.NOTIFYING and now - incident.since >= UNDELIVERED_MS
        )
        return (
            may_join
            and _is_grouped(incident)
            and (self.of(incident.kind).is_open or self._incidents.is_market_wide(incident.kind))
        )

    def pending(self) -> Iterator[PendingOffset]:
        """The offsets of members that no alert represents yet."""
        for group in self:
            yield from group.pending


def _is_grouped(incident: TrackedIncident) -> bool:
    return incident.channel in GROUPED_CHANNELS
