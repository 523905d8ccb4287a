"""Local ports: a free one, and whether something listens on one."""

from __future__ import annotations

import socket
import threading

_given: set[int] = set()
_giving = threading.Lock()


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nothing uses at this moment, and that this process was not given before."""
    with _giving:
        while True:
            with socket.socket() as probe:
                probe.bind((host, 0))
                port = int(probe.getsockname()[1])
            if port not in _given:
                _given.add(port)
                return port


def is_taken(host: str, port: int) -> bool:
    """Whether `host:port` cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False
