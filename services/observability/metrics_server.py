"""The small HTTP server of `/metrics`: one thread a request, few at a time, none for longer than its deadline.

Who only holds connections open can neither fill the process with threads nor keep Prometheus out for long.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
from socketserver import ThreadingMixIn
from time import monotonic
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

from services.domain.errors import PortTaken

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 20
"""At once; those beyond are closed."""
DEADLINE_SECONDS = 15.0
"""For a request and its answer; then the connection is closed."""


class _SilentHandler(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class MetricsServer(ThreadingMixIn, WSGIServer):
    """Listens at an address of a family, such as `AF_INET6`; its threads end with the process.

    :raises OSError: when it cannot.
    """

    daemon_threads = True

    def __init__(self, family: socket.AddressFamily, address: str, port: int, registry: CollectorRegistry) -> None:
        self.address_family = family
        self._open: dict[socket.socket, float] = {}
        """Connections, and when each came."""
        super().__init__((address, port), _SilentHandler)
        self.set_app(make_wsgi_app(registry))

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there is room for one more."""
        return len(self._open) < MAX_CONNECTIONS

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own."""
        self._open[request] = monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that is answered, or was refused."""
        self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or was broken off, is nobody's concern."""
        log.debug("a request for metrics was not answered", exc_info=True)

    def service_actions(self) -> None:
        """Called twice a second: break off what takes too long; its thread notices, and closes it."""
        too_old = monotonic() - DEADLINE_SECONDS
        for connection, came in self._open.copy().items():
            if came <= too_old:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # it has just ended by itself
                    continue


def serve_metrics(registry: CollectorRegistry, host: str, port: int) -> int:
    """Serve `/metrics` in the background; returns the port (a free one when `port` is 0).

    :raises PortTaken: when something else listens there.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    try:
        server = MetricsServer(family, str(address[0]), port, registry)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port, "the metrics server") from error
        raise
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return int(server.server_port)
