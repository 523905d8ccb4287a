"""Ports for servers of tests."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Iterator

from services.runtime.ports import is_taken

FIRST, A_WORKER = 10_000, 1_000
"""Below the ports that the system hands out, each worker of a test run has so many of its own."""


def _own_ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 20
    number = random.randrange(A_WORKER)
    while True:
        number = (number + 1) % A_WORKER
        yield FIRST + worker * A_WORKER + number


_ports = _own_ports()
_giving = threading.Lock()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing uses at this moment, and that no other worker and no client is given."""
    with _giving:
        return next(port for port in _ports if not is_taken("127.0.0.1", port))


def answers(host: str, port: int, timeout_seconds: float = 1.0) -> bool:
    """Whether something accepts TCP connections on `host:port`."""
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def listens(port: int) -> bool:
    """Whether something accepts connections on the port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False
