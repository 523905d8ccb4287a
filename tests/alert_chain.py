"""A real Alertmanager that can be killed and comes back, and a webhook receiver that writes down what it is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

from services.common.clock import now_ms
from services.runtime.child import Child
from services.runtime.ports import free_port
from tests.support import wait_until

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
STARTS_SECONDS = 30.0


def why_no_alertmanager() -> str:
    """Why tests cannot run with a real Alertmanager; empty when they can."""
    return "" if PROGRAM else "no Alertmanager: install it (Debian: prometheus-alertmanager)"


class Alert(NamedTuple):
    """One alert of a notification that came at `at` (ms); a copy of an earlier one has the same `identity`."""

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str
    fingerprint: str
    at: int

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes a copy recognisable."""
        return self.fingerprint, self.starts_at, self.status

    @property
    def brief(self) -> tuple[str, str, str]:
        """Status, entity (the kind, for a storm) and severity."""
        return self.status, self.labels.get("entity", self.labels.get("kind", "")), self.labels.get("severity", "")


class Receiver:
    """Takes Alertmanager's webhook JSON on 127.0.0.1; answers 503 and keeps nothing while `failing` is set."""

    def __init__(self) -> None:
        self.failing = False
        self.refused = 0
        """Calls that came while it was failing."""
        self.notifications: list[dict[str, Any]] = []
        self._times: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver._take(body))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def alerts(self) -> list[Alert]:
        """Every alert of every notification, in their order."""
        told = list(zip(list(self.notifications), list(self._times), strict=False))
        return [
            Alert(a["status"], a["labels"], a["annotations"], a["startsAt"], a["fingerprint"], at)
            for notification, at in told
            for a in notification["alerts"]
        ]

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """`brief` of every alert, copies left out, in their order."""
        return list(dict.fromkeys(alert.brief for alert in self.alerts))

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, body: bytes) -> int:
        if self.failing:
            self.refused += 1
            return 503
        self._times.append(now_ms())
        self.notifications.append(json.loads(body))
        return 200


class RealAlertmanager:
    """One Alertmanager process on `port`; what it keeps on disk survives `kill` and `start`."""

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any],
        name: str = "alertmanager",
        cluster: Sequence[str] = ("--cluster.listen-address=",),
    ) -> None:
        assert PROGRAM is not None
        self.port = free_port()
        path = folder / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(dict(config), allow_unicode=True), encoding="utf-8")
        command = [
            PROGRAM,
            f"--config.file={path}",
            f"--storage.path={folder / f'{name}-data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            *cluster,
        ]
        self._child = Child(name, command, folder, {})

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._child.start()
        wait_until(self._ready, STARTS_SECONDS, "Alertmanager is ready")

    def kill(self) -> None:
        """End it at once, as a crash does."""
        os.kill(self._child.pid or 0, signal.SIGKILL)
        self._child.wait()

    def stop(self) -> None:
        """End it."""
        self._child.ask_to_stop()
        self._child.wait()

    def firing(self) -> list[dict[str, Any]]:
        """The alerts that it holds as firing."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts", timeout=10).json()
        return found

    def _ready(self) -> bool:
        if self._child.poll() is not None:
            raise AssertionError(f"Alertmanager has ended: {self._child.last_log_line()}")
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens until the end."""
    made = Receiver()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def alertmanager(folder: Path, config: Mapping[str, Any], name: str = "alertmanager") -> Iterator[RealAlertmanager]:
    """A running Alertmanager, stopped at the end; its log is `folder`/`name`.log."""
    made = RealAlertmanager(folder, config, name)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def quick_config(url: str) -> dict[str, Any]:
    """Everything to one webhook, each alert in a group of its own, told within a second."""
    return {
        "route": {
            "receiver": "webhook",
            "group_by": ["..."],
            "group_wait": "0s",
            "group_interval": "1s",
            "repeat_interval": "1h",
        },
        "receivers": [{"name": "webhook", "webhook_configs": [{"url": url, "send_resolved": True}]}],
    }
