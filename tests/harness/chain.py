"""The back half of the alert chain as it is deployed: broker, relay, Alertmanagers, Prometheus, and a webhook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from services.clock import now_ms
from services.domain.messages import IncidentCleared, IncidentRaised
from services.kafka.broker import Broker
from services.kafka.codec import encode
from services.kafka.create_topics import create_topics
from services.kafka.topics import ALERTS
from tests.harness.alert_chain import Alert
from tests.harness.alertmanagers import ALERTMANAGER, RealAlertmanager, configuration, why_no_alertmanager
from tests.harness.brokers import embedded_broker
from tests.harness.chain_processes import PROMETHEUS, PrometheusProcess, RelayProcess
from tests.harness.ports import free_port
from tests.harness.receivers import HttpReceivers, Received
from tests.harness.support import produce

SURGES, WATCHDOG = "surges", "watchdog"
"""Receivers of deploy/alertmanager/alertmanager.yml."""


def why_no_chain() -> str:
    """Why the chain cannot run here; empty when it can."""
    return why_no_alertmanager() or ("" if PROMETHEUS else "no Prometheus: install it (Debian: prometheus)")


class Notification(NamedTuple):
    """One message of Alertmanager to a webhook, which came at `at` (ms)."""

    at: int
    body: dict[str, Any]

    @property
    def alerts(self) -> list[Alert]:
        """Its alerts."""
        return [
            Alert(a["status"], a["labels"], a["annotations"], a["startsAt"], a["fingerprint"], self.at)
            for a in self.body["alerts"]
        ]


class Webhook:
    """All receivers of the deployment; keeps what it takes, and counts what it turns away."""

    def __init__(self) -> None:
        self.failing = False
        self.turned_away = 0
        self._notifications: list[Notification] = []
        self._http = HttpReceivers(self._answer)
        self._listening = ExitStack()

    @property
    def url(self) -> str:
        """Its address, once it has listened."""
        return self._http.url

    def listen(self) -> None:
        """Take connections, always at the same address."""
        port = urlsplit(self.url).port or 0
        self._listening.enter_context(self._http.running(port))

    def refuse(self) -> None:
        """Take no connections."""
        self._listening.close()

    def notifications(self, receiver: str = SURGES) -> list[Notification]:
        """What came for a receiver."""
        return [one for one in list(self._notifications) if one.body["receiver"] == receiver]

    def _answer(self, request: Received) -> tuple[int, object]:
        if self.failing:
            self.turned_away += 1
            return 500, "out of order"
        self._notifications.append(Notification(now_ms(), request.body))
        return 200, "ok"


@dataclass(frozen=True)
class Chain:
    """All of it; each process can be killed, stopped and started."""

    broker: str
    webhook: Webhook
    alertmanagers: Sequence[RealAlertmanager]
    relay: RelayProcess
    prometheus: PrometheusProcess | None

    @property
    def alertmanager(self) -> RealAlertmanager:
        """The first Alertmanager."""
        return self.alertmanagers[0]

    def send(self, *messages: IncidentRaised | IncidentCleared) -> None:
        """Put messages on `alerts`."""
        produce(self.broker, ALERTS.name, [(f"{one.kind}:{one.entity}".encode(), encode(one)) for one in messages])

    def received(self) -> list[Alert]:
        """Every alert of every notification about surges and groups of them."""
        return [alert for notification in self.webhook.notifications() for alert in notification.alerts]


@contextmanager
def chain(
    folder: Path, *, quick: bool, alertmanagers: int = 1, relay_delivers: bool = True, prometheus: bool = False
) -> Iterator[Chain]:
    """The chain without a relay, which `relay.start()` adds; `quick` shortens the waits of the deployment's routes.

    Two Alertmanagers are a cluster. Without `relay_delivers` the relay has no Alertmanager.
    """
    with ExitStack() as stack:
        webhook = Webhook()
        webhook.listen()
        stack.callback(webhook.refuse)
        broker = stack.enter_context(embedded_broker(folder / "broker"))
        create_topics(Broker(broker), replication=1)
        config = routes(folder, webhook.url, quick=quick)
        gossip = [f"127.0.0.1:{free_port()}" for _ in range(alertmanagers)]
        servers = [
            RealAlertmanager(folder, config, f"alertmanager-{n}", _cluster(n, gossip)) for n in range(len(gossip))
        ]
        for server in servers:
            server.start()
            stack.callback(server.stop)
        relay = RelayProcess(folder, broker, [server.url for server in servers] if relay_delivers else [])
        stack.callback(relay.stop)
        scraper = PrometheusProcess(folder, relay, servers[0].url, quick=quick) if prometheus else None
        if scraper is not None:
            scraper.start()
            stack.callback(scraper.stop)
        yield Chain(broker, webhook, servers, relay, scraper)


def routes(folder: Path, url: str, *, quick: bool) -> dict[str, Any]:
    """deploy/alertmanager/alertmanager.yml with `url` for all receivers; `quick` sends a change within a second."""
    assert ALERTMANAGER is not None
    folder.mkdir(parents=True, exist_ok=True)
    secrets = dict.fromkeys(("alertmanager_webhook_url", "alertmanager_watchdog_url"), url)
    config = configuration("alertmanager.yml", ALERTMANAGER, folder, secrets)
    if quick:
        for route in config["route"]["routes"]:
            route["group_interval"] = "1s"
            if route["receiver"] == WATCHDOG:
                route["repeat_interval"] = "2s"
    return config


def _cluster(number: int, gossip: Sequence[str]) -> list[str]:
    """How one Alertmanager finds the others."""
    if len(gossip) == 1:
        return ["--cluster.listen-address="]
    others = [f"--cluster.peer={address}" for n, address in enumerate(gossip) if n != number]
    return [f"--cluster.listen-address={gossip[number]}", *others]
