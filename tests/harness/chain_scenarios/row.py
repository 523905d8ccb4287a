"""One row of the table of faults: what was done, what had to arrive, what arrived, and how soon."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.factories import raised
from tests.harness.alert_chain import Alert
from tests.harness.chain import Chain, Notification
from tests.harness.support import wait_until

WITHIN_SECONDS = 150.0
"""What arrives at all has arrived by then, on a busy machine too."""
LAST = raised(id="topic:last@2014-09-03T15:41:00Z", kind="topic", entity="last")
"""The alert that ends a row: what came before it has come."""


@dataclass(frozen=True)
class Durations:
    """How long faults last; `quick` also shortens the waits of Alertmanager's routes and Prometheus."""

    quick: bool
    """Both outages last longer than the minute that the relay lets an alert fire."""
    receiver_down: float
    prometheus_down: float
    flapping_hour: float
    """Seconds that an hour of event time takes."""
    market_wide: float
    """A market-wide alert stays open at least until the end of the group before it has passed through Alertmanager."""


FULL = Durations(quick=False, receiver_down=120, prometheus_down=600, flapping_hour=30, market_wide=180)
SHORT = Durations(quick=True, receiver_down=70, prometheus_down=65, flapping_hour=10, market_wide=75)


@dataclass
class Row:
    """Alerts are written as "firing AAPL warning"; a group is "storm:company", a market-wide one "market:company"."""

    done: str
    at_most: int
    """Notifications."""
    expected: list[str] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    """What may arrive beside."""
    received: list[Alert] = field(default_factory=list)
    notifications: int = 0
    waits: dict[str, float] = field(default_factory=dict)
    """Seconds from a message, or from a fault's end, until the alert was at the receiver."""
    facts: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    """Promises that were broken."""

    @property
    def arrived(self) -> list[str]:
        """What arrived, copies left out, in its order."""
        return list(dict.fromkeys(map(brief, self.received)))

    @property
    def copies(self) -> int:
        """Alerts that had arrived before."""
        return len(self.received) - len({alert.identity for alert in self.received})

    @property
    def repeats(self) -> int:
        """Alerts among the copies that fire; a notification also says again what of its group has ended."""
        firing = [alert.identity for alert in self.received if alert.status == "firing"]
        return len(firing) - len(set(firing))


class Story:
    """Fills a row while a scenario runs on a chain."""

    def __init__(self, chain: Chain, done: str, at_most: int) -> None:
        self.chain = chain
        self.row = Row(done, at_most)

    def arrives(self, what: str, *alerts: str, since: int) -> None:
        """Wait until these alerts have arrived; `since` (ms) is when the wait began.

        :raises AssertionError: when they do not come.
        """
        self.row.expected += alerts

        def missing() -> list[str]:
            came = set(map(brief, self.chain.received()))
            return [alert for alert in alerts if alert not in came]

        try:
            wait_until(lambda: not missing(), WITHIN_SECONDS)
        except AssertionError:
            raise AssertionError(f"{what}: {missing()} did not arrive; came: {self._came()}") from None
        first = {brief(alert): alert.at for alert in reversed(self.chain.received())}
        self.row.waits[what] = max(first[alert] - since for alert in alerts) / 1000

    def promise(self, holds: bool, what: str) -> None:
        """Note what was promised where it does not hold."""
        if not holds:
            self.row.broken.append(what)

    def end(self) -> Row:
        """Send one more alert, and once it has arrived count what came before it."""
        self.chain.send(LAST)
        wait_until(self._last_came, WITHIN_SECONDS, "the last alert")
        notifications = [one for one in self.chain.webhook.notifications() if not _is_last(one)]
        row = self.row
        row.notifications = len(notifications)
        row.received = [alert for one in notifications for alert in one.alerts]
        self.promise(row.notifications <= row.at_most, f"at most {row.at_most} notifications, came {row.notifications}")
        for alert in row.arrived:
            self.promise(alert in (*row.expected, *row.may), f"came unexpectedly: {alert}")
        self.promise(_copies_are_recognisable(row.received), "copies have the same fingerprint, start and incident")
        return row

    def _last_came(self) -> bool:
        return any(_is_last(one) for one in self.chain.webhook.notifications())

    def _came(self) -> list[str]:
        return [brief(alert) for alert in self.chain.received()]


def brief(alert: Alert) -> str:
    """An alert in three words."""
    status, entity, severity = alert.brief
    prefix = {"storm": "storm:", "market": "market:"}.get(alert.labels.get("channel", ""), "")
    return f"{status} {prefix}{entity} {severity}"


def _is_last(notification: Notification) -> bool:
    return any(alert.labels.get("entity") == LAST.entity for alert in notification.alerts)


def _copies_are_recognisable(received: list[Alert]) -> bool:
    """One alert about one incident has one fingerprint and one start, however often it came."""
    found: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for alert in received:
        about = alert.annotations.get("incident", ""), repr(sorted(alert.labels.items()))
        found[about].add((alert.fingerprint, alert.starts_at))
    return all(len(identities) == 1 for identities in found.values())
