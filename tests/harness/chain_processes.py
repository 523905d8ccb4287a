"""The relay and Prometheus as real processes that can be stopped, killed and started again."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from services.runtime.child import Child
from services.runtime.prometheus import prometheus_config
from tests.harness.ports import free_port
from tests.harness.processes import kill, stop
from tests.harness.prometheus_api import Prometheus
from tests.harness.support import wait_until

PROMETHEUS = shutil.which("prometheus")
STARTS_SECONDS = 120.0


class RelayProcess:
    """`groundswell relay` with these Alertmanagers; what it knows is on the broker."""

    def __init__(self, folder: Path, broker: str, alertmanagers: Sequence[str]) -> None:
        self.port = free_port()
        environment = {
            "GROUNDSWELL_BROKER": broker,
            "GROUNDSWELL_ALERTMANAGERS": ",".join(alertmanagers),
            "GROUNDSWELL_METRICS_PORT": str(self.port),
        }
        self._child = Child("relay", [sys.executable, "-m", "services.cli", "relay"], folder, environment)

    def start(self) -> None:
        """Start it; returns at once."""
        self._child.start()

    def wait_until_it_delivers(self) -> None:
        """Wait until it reads `alerts` and posts to an Alertmanager."""
        wait_until(lambda: self.value("relay_delivers") == 1, STARTS_SECONDS, "the relay delivers")

    def kill(self) -> None:
        """End it at once, as a crash does."""
        kill(self._child)

    def stop(self) -> None:
        """End it."""
        stop(self._child)

    def metrics(self) -> list[Metric]:
        """What it shows to Prometheus; nothing while it does not answer."""
        try:
            text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=10).text
        except httpx.TransportError:
            return []
        return list(text_string_to_metric_families(text))

    def value(self, name: str, **labels: str) -> float | None:
        """One value of its metrics; None where there is none."""
        samples = (sample for family in self.metrics() for sample in family.samples)
        found = (one.value for one in samples if one.name == f"groundswell_{name}" and one.labels == labels)
        return next(found, None)

    def series(self, name: str) -> int:
        """How many series a metric has."""
        return sum(sample.name == f"groundswell_{name}" for family in self.metrics() for sample in family.samples)


class PrometheusProcess:
    """Prometheus with the deployment's rules, scraping a relay; `quick` scrapes, evaluates and sends each second.

    What it sends to Alertmanager expires there after four times the longer of its interval and its resend delay.
    """

    def __init__(self, folder: Path, relay: RelayProcess, alertmanager: str, *, quick: bool) -> None:
        assert PROMETHEUS is not None
        port = free_port()
        config = prometheus_config({"relay": relay.port}, "127.0.0.1", alertmanager, folder)
        if quick:
            config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "prometheus.yml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        command = [
            PROMETHEUS,
            f"--config.file={path}",
            f"--storage.tsdb.path={folder / 'prometheus-data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--rules.alert.resend-delay={'1s' if quick else '1m'}",
        ]
        self.api = Prometheus(f"http://127.0.0.1:{port}")
        self._child = Child("prometheus", command, folder, {})

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._child.start()
        wait_until(self._ready, STARTS_SECONDS, "Prometheus is ready")

    def kill(self) -> None:
        """End it at once, as a crash does."""
        kill(self._child)

    def stop(self) -> None:
        """End it."""
        stop(self._child)

    def _ready(self) -> bool:
        assert self._child.poll() is None, f"Prometheus has ended: {self._child.last_log_line()}"
        try:
            return httpx.get(f"{self.api.url}/-/ready", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False
