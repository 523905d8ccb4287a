"""An aiohttp application on a port, or one clear error; who only holds connections open cannot end it."""

from __future__ import annotations

import asyncio
import errno

from aiohttp import web

from services.domain.errors import PortTaken

MAX_CONNECTIONS = 500
"""At once, and those that come in the same moment: well below the 1,024 open files that a process may have. Those
beyond get 503.
"""
IDLE_SECONDS = 15.0
"""For the headers of a request, counted from the connection or from the answer before; then it is closed."""
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def limited_runner(app: web.Application, stop_seconds: float) -> web.AppRunner:
    """A runner for `listen`; requests under way get `stop_seconds` to be answered when it is cleaned up."""
    return web.AppRunner(app, access_log=None, shutdown_timeout=stop_seconds, keepalive_timeout=IDLE_SECONDS)


async def listen(runner: web.AppRunner, host: str, port: int, what: str) -> str:
    """Set up `runner` and listen; returns `host:port` (a free port when `port` is 0). The caller cleans up.

    :raises PortTaken: when something else listens there; `what` says what would have.
    """
    await runner.setup()
    try:
        await _LimitedSite(runner, host, port).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port, what) from error
        raise
    bound = runner.addresses[0]
    return f"{bound[0]}:{bound[1]}"


class _LimitedSite(web.BaseSite):
    """A TCP port that serves `MAX_CONNECTIONS` at a time."""

    def __init__(self, runner: web.AppRunner, host: str, port: int) -> None:
        super().__init__(runner)
        self._host = host
        self._port = port

    @property
    def name(self) -> str:
        """Its address, for messages."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        await super().start()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self._host, self._port, backlog=self._backlog)

    def _protocol(self) -> asyncio.Protocol:
        server = self._runner.server
        assert server is not None
        return _Refusal() if len(server.connections) >= MAX_CONNECTIONS else server()


class _Refusal(asyncio.Protocol):
    """One connection too many: told so, and closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say 503."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(_FULL)
        transport.close()
