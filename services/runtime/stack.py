"""The processes of one machine as data for the supervisor: broker, workers, a replay, Prometheus and Alertmanager."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event

from services.kafka.addresses import split_addresses
from services.kafka.broker import Broker, broker_of
from services.kafka.create_topics import create_topics
from services.kafka.wait_for_broker import wait_for_broker
from services.runtime.alertmanager import alertmanager_service
from services.runtime.embedded_broker import broker_command
from services.runtime.ports import FreePorts, Ports
from services.runtime.prometheus import prometheus_service
from services.runtime.supervisor import Service
from services.settings import Settings

BROKER_SECONDS = 20.0
REAL_BROKER_SECONDS = 60.0


class Stack:
    """Collects services that share one broker, one state folder and one set of models.

    `metrics` maps each process that serves metrics to its port, `pages` each program of others to its address.
    `environment` is set for all of ours; `ports` says where programs and the metrics of processes listen.
    """

    def __init__(
        self,
        settings: Settings,
        broker: Broker,
        state_dir: Path,
        environment: Mapping[str, str] | None = None,
        ports: Ports | None = None,
    ) -> None:
        self.broker = broker
        self.services: list[Service] = []
        self.metrics: dict[str, int] = {}
        self.pages: dict[str, str] = {}
        self._settings = settings
        self._state_dir = state_dir
        self._ports = ports or FreePorts()
        self._environment = {
            **(environment or {}),
            **broker.environment(),
            "GROUNDSWELL_STATE_DIR": str(state_dir),
        }

    def add_broker(self) -> None:
        """The embedded broker; memory only, so when it crashes everything starts anew with it.

        :raises GroundswellError: when there is none for this machine.
        """

        def ready(stopping: Event, ended: Callable[[], bool]) -> None:
            wait_for_broker(self.broker, BROKER_SECONDS, lambda: stopping.is_set() or ended())
            create_topics(self.broker, replication=1)

        port = split_addresses(self.broker.servers)[0][1]
        lost = "what it held in memory, all texts and alerts since its start, is gone; all begin anew with an empty one"
        self.services.append(Service("broker", broker_command(port), ready=ready, all_depend=True, lost=lost))

    def add_worker(self, name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """`groundswell ARGUMENTS` as a process that never ends, with its metrics on a port of its own."""
        self._add(name, arguments, once=False, environment=environment or {})

    def add_task(self, name: str, *arguments: str) -> None:
        """`groundswell ARGUMENTS` as a process that ends by itself when it is done."""
        self._add(name, arguments, once=True, environment={})

    def add_teller(self, *arguments: str) -> None:
        """`groundswell ARGUMENTS`, whose output comes to our own terminal."""
        command = [sys.executable, "-m", "services.cli", *arguments]
        self.services.append(Service("alerts", command, self._environment, shown=True))

    def add_alertmanager(self, binary: str, config: Path | None, webhooks: Sequence[dict[str, object]] = ()) -> None:
        """Alertmanager, to which the relay posts; add it before the relay. Without `config` it calls the `webhooks`.

        :raises InvalidInput: when `config` is no file.
        """
        port = self._ports.port_of("alertmanager")
        service, url = alertmanager_service(binary, port, config, self._state_dir, webhooks)
        self.services.append(service)
        self.pages["alertmanager"] = url
        self._environment["GROUNDSWELL_ALERTMANAGERS"] = url

    def add_prometheus(self, binary: str) -> None:
        """Prometheus, which reads the metrics of all that was added before and tells Alertmanager of its alerts."""
        host, alertmanager = self._settings.metrics.host, self.pages.get("alertmanager")
        port = self._ports.port_of("prometheus")
        service, url = prometheus_service(binary, port, self.metrics, host, alertmanager, self._state_dir)
        self.services.append(service)
        self.pages["prometheus"] = url

    def metrics_urls(self) -> dict[str, str]:
        """Where each process serves its metrics."""
        host = self._settings.metrics.host
        return {name: f"http://{host}:{port}/metrics" for name, port in self.metrics.items()}

    def _add(self, name: str, arguments: tuple[str, ...], once: bool, environment: Mapping[str, str]) -> None:
        port = self._ports.metrics_port_of(name)
        self.metrics[name] = port
        own = {**self._environment, **environment, "GROUNDSWELL_METRICS_PORT": str(port)}
        command = [sys.executable, "-m", "services.cli", *arguments]
        self.services.append(Service(name, command, own, once=once, beats=not once))


def prepare_broker(settings: Settings, stopping: Event) -> None:
    """Wait for a broker that is not ours and create what topics are missing.

    :raises BrokerUnavailable: when it does not answer within a minute or refuses.
    """
    broker = broker_of(settings)
    wait_for_broker(broker, REAL_BROKER_SECONDS, stopping.is_set)
    create_topics(broker, settings.broker.replication, partitions=settings.broker.partitions)
