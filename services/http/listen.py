"""An aiohttp application on a port, or one clear error."""

from __future__ import annotations

import errno

from aiohttp import web

from services.domain.errors import PortTaken


async def listen(runner: web.AppRunner, host: str, port: int, what: str) -> str:
    """Set up `runner` and listen; returns `host:port` (a free port when `port` is 0). The caller cleans up.

    :raises PortTaken: when something else listens there; `what` says what would have.
    """
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port, what) from error
        raise
    bound = runner.addresses[0]
    return f"{bound[0]}:{bound[1]}"
