"""The HTTP server of ingest: it serves until it is stopped, on a port that is free."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from services.domain.errors import PortTaken
from services.http import listen as listen_module
from services.ingest.normalise import SourceDefaults
from services.ingest.sources.http.source import HttpSource
from tests.harness.pipeline_bench import pipeline_bench
from tests.harness.ports import free_port, listens
from tests.harness.support import wait_until


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a running source that takes few connections, and not for long."""
    monkeypatch.setattr(listen_module, "MAX_CONNECTIONS", 3)
    monkeypatch.setattr(listen_module, "IDLE_SECONDS", 3.0)
    stopping = threading.Event()
    number = free_port()
    with pipeline_bench(tmp_path) as bench:
        source = HttpSource("127.0.0.1", number, SourceDefaults("http", "comment", b"key"), "secret")
        serving = threading.Thread(target=source.run, args=(bench.pipeline, stopping))
        serving.start()
        wait_until(lambda: listens(number), 30)
        yield number
        stopping.set()
        serving.join(30)
        assert not serving.is_alive()


def _health(port: int) -> int:
    """The status of /healthz."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nX-Slow: "], ids=["nothing", "half a header"])
def test_who_sends_no_request_is_closed(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as idle:
        idle.sendall(sent)
        assert idle.recv(100) == b""


def test_drops_of_a_header_do_not_keep_a_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")

        def is_closed() -> bool:
            try:
                slow.sendall(b"x")
            except OSError:
                return True
            return False

        wait_until(is_closed, 30)


def test_connections_beyond_the_limit_are_refused_until_there_is_room_again(port: int) -> None:
    wait_until(lambda: _refuses_the_fourth(port), 60)
    wait_until(lambda: _health(port) == 200, 30)


def _refuses_the_fourth(port: int) -> bool:
    """Whether one more is refused beside three that had an answer; not where a slow machine closes those first."""
    held = [HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(3)]
    try:
        for each in held:
            each.request("GET", "/healthz")
            each.getresponse().read()
        with socket.create_connection(("127.0.0.1", port), timeout=30) as another:
            return another.recv(100).startswith(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n")
    finally:
        for each in held:
            each.close()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with pipeline_bench(tmp_path) as bench, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        source = HttpSource("127.0.0.1", port, SourceDefaults("http", "comment", b"key"), "secret")
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}: the port is taken"):
            source.run(bench.pipeline, threading.Event())
