"""Drives the relay's core by a made clock, with Alertmanagers that notify as real ones with `group_wait: 0s` do."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.alerting.incidents.store import IncidentStore
from services.alerting.notify.alert_store import GettableAlert
from services.alerting.notify.postable import PostableAlert
from services.alerting.notify.start_up import StartUp
from services.alerting.notify.state import RelayState
from services.domain.messages import IncidentCleared, IncidentRaised
from tests.factories import raised

START = 1_800_000_000_000
SECOND = 1_000
MINUTE = 60 * SECOND
STEP_MS = 200

Notified = tuple[str, str, str]
"""Status, entity (the kind, for a group), severity."""


@dataclass
class FakeAlertmanager:
    """Keeps what is posted, resolves what expires, and notifies each change of status."""

    up: bool = True
    posts: list[PostableAlert] = field(default_factory=list)
    notified: list[Notified] = field(default_factory=list)
    active: dict[str, PostableAlert] = field(default_factory=dict)
    """Firing alerts by their labels; lost when it is killed."""
    _log: set[str] = field(default_factory=set)
    """Alerts that were notified as firing; survives being killed."""

    def receive(self, post: PostableAlert) -> None:
        """One posted alert."""
        self.posts.append(post)
        if post.firing:
            self.active[post.key] = post
            if post.key not in self._log:
                self._log.add(post.key)
                self._notify("firing", post)
        else:
            self._resolve(post)

    def expire(self, now: int) -> None:
        """Resolve what nobody has sent again."""
        for post in list(self.active.values()):
            if post.ends_at <= now:
                self._resolve(post)

    def kill(self) -> None:
        """All but the log of notifications is lost."""
        self.up = False
        self.active.clear()

    def _resolve(self, post: PostableAlert) -> None:
        self.active.pop(post.key, None)
        if post.key in self._log:
            self._log.discard(post.key)
            self._notify("resolved", post)

    def _notify(self, status: str, post: PostableAlert) -> None:
        labels = post.labels
        self.notified.append((status, labels.get("entity", labels["kind"]), labels["severity"]))


class Driver:
    """A relay over the messages of a topic, which it can be restarted on."""

    def __init__(self, *, alertmanagers: int = 1, first_start: bool = False) -> None:
        self.now = START
        self.messages: list[tuple[IncidentRaised | IncidentCleared, int]] = []
        """The topic, each with the time of its Kafka record."""
        self.committed = 0
        self.alertmanagers = [FakeAlertmanager() for _ in range(alertmanagers)]
        self.latencies: list[int] = []
        self.refuse: set[str] = set()
        """Entities whose alerts are refused."""
        self.incidents = IncidentStore()
        self._read = 0
        self.state = RelayState(self.incidents, first_start=first_start, grafana="")
        self.state.caught_up(self.now)

    @property
    def only(self) -> FakeAlertmanager:
        """The one Alertmanager there is."""
        (one,) = self.alertmanagers
        return one

    def say(self, *messages: IncidentRaised | IncidentCleared) -> None:
        """Messages come on the topic, and are read."""
        self.messages += [(message, self.now) for message in messages]
        self._read_on()

    def run(self, seconds: float, step_ms: int = STEP_MS) -> None:
        """Let time pass."""
        end = self.now + int(seconds * SECOND)
        while self.now < end:
            self.now += step_ms
            self._adopt()
            self.state.tick(self.now)
            for number, one in enumerate(self.alertmanagers):
                one.expire(self.now)
                if not one.up:
                    self.state.alerts.forget(str(number))
                elif self.state.start_up is StartUp.READY:
                    self._post(str(number), one)
            pending = self.state.first_pending()
            self.committed = max(self.committed, self._read if pending is None else pending)

    def restart(self, *, first_start: bool = False) -> None:
        """The process is killed and begins anew from `incidents` and the committed offset."""
        records = [*self.incidents._cleared.values(), *self.incidents.open.values()]
        self.incidents = IncidentStore(records)
        self.state = RelayState(self.incidents, first_start=first_start, grafana="")
        self._read = self.committed
        self._read_on()
        self.state.caught_up(self.now)

    def read_anew(self) -> None:
        """A very first start on a topic that was there before."""
        self.incidents = IncidentStore()
        self.committed = 0
        self.restart(first_start=True)

    def _read_on(self) -> None:
        while self._read < len(self.messages):
            message, time = self.messages[self._read]
            change = self.incidents.apply(message, self._read, time)
            if change is not None:
                self.state.apply(change, self.now)
            self._read += 1

    def _adopt(self) -> None:
        answers = [one for one in self.alertmanagers if one.up]
        if self.state.start_up is not StartUp.ADOPTING or not answers:
            return
        active = {post.key: post for one in answers for post in one.active.values()}
        self.state.adopt([GettableAlert(p.labels, p.annotations, p.starts_at) for p in active.values()], self.now)

    def _post(self, name: str, one: FakeAlertmanager) -> None:
        for post in self.state.alerts.due(name, self.now):
            refused = post.labels.get("entity") in self.refuse
            if not refused:
                one.receive(post)
            delivered = self.state.alerts.confirm(name, post, self.now, refused)
            self.latencies += [self.now - each.time for each in delivered if each.time is not None]


def company(name: str, **changes: object) -> IncidentRaised:
    """A surge about a company."""
    return raised(id=f"company:{name}@2014-09-03T15:41:00Z", entity=name, name=name, **changes)


def companies(count: int, first: int = 0) -> list[IncidentRaised]:
    """Surges about many companies, the later the worse."""
    return [company(f"C{n:05}", p_value=1e-3 / (n + 1)) for n in range(first, first + count)]
