"""Who only holds connections open to `/metrics` is closed, and keeps nobody out."""

from __future__ import annotations

import http.client
import socket
import urllib.request
from contextlib import ExitStack

import pytest
from prometheus_client import CollectorRegistry, Gauge

from services.domain.errors import PortTaken
from services.observability import metrics_server
from services.observability.metrics_server import serve_metrics
from tests.harness.support import wait_until


@pytest.fixture
def registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    Gauge("answer", "of all", registry=registry).set(42)
    return registry


@pytest.fixture
def port(registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch) -> int:
    """Of a server that has three places, for a second each."""
    monkeypatch.setattr(metrics_server, "MAX_CONNECTIONS", 3)
    monkeypatch.setattr(metrics_server, "DEADLINE_SECONDS", 1.0)
    return serve_metrics(registry, "127.0.0.1", 0)


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def scraped(port: int) -> str:
    """Nothing while the places of those that were closed are not given back yet."""
    try:
        return scrape(port)
    except (OSError, http.client.HTTPException):
        return ""


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed it; waits for that."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_metrics_are_served(port: int) -> None:
    assert "answer 42.0" in scrape(port)


def test_connections_beyond_the_cap_are_closed_and_idle_ones_at_their_deadline(port: int) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(5)]
        assert all(is_closed(connection) for connection in idle)
    wait_until(lambda: "answer 42.0" in scraped(port), 60, "there is room again")


def test_who_sends_a_byte_now_and_then_is_closed_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as slow:

        def is_broken_off() -> bool:
            try:
                slow.sendall(b"G")
            except OSError:
                return True
            return False

        wait_until(is_broken_off, 60, "the connection is closed")
    assert "answer 42.0" in scrape(port)


def test_room_comes_back(port: int) -> None:
    for _ in range(10):
        assert "answer 42.0" in scrape(port)


def test_a_port_that_is_taken_is_named(registry: CollectorRegistry, port: int) -> None:
    with pytest.raises(PortTaken, match=f"the metrics server cannot listen on 127.0.0.1:{port}"):
        serve_metrics(registry, "127.0.0.1", port)
