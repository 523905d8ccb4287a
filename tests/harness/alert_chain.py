"""A webhook receiver that writes down what Alertmanager sends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from services.clock import now_ms


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
        """Status, entity (the kind, for a group) and severity."""
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
                self.send_response(receiver._answer(body))
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
        taken = list(zip(list(self.notifications), list(self._times), strict=False))
        return [
            Alert(a["status"], a["labels"], a["annotations"], a["startsAt"], a["fingerprint"], at)
            for notification, at in taken
            for a in notification["alerts"]
        ]

    @property
    def received(self) -> list[tuple[str, str, str]]:
        """`brief` of every alert, copies left out, in their order."""
        return list(dict.fromkeys(alert.brief for alert in self.alerts))

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, body: bytes) -> int:
        if self.failing:
            self.refused += 1
            return 503
        self._times.append(now_ms())
        self.notifications.append(json.loads(body))
        return 200


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """A receiver that listens until the end."""
    made = Receiver()
    try:
        yield made
    finally:
        made.close()


def quick_config(url: str) -> dict[str, Any]:
    """Everything to one webhook, each alert in a group of its own, sent within a second."""
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
