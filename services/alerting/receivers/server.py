"""`POST /wecom`, `/feishu`, `/dingtalk`: Alertmanager's webhook in, a message to the robot out.

Alertmanager tries again after a status of 5xx and not after one of 4xx, so whatever may be mended is a 5xx.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from time import monotonic

import httpx
from aiohttp import web

from services.alerting.receivers.delivery import deliver, make_client
from services.alerting.receivers.digest import digest
from services.alerting.receivers.notification import decode
from services.alerting.receivers.robots import CHAT_SERVICES, Robot
from services.domain.errors import InvalidInput
from services.http.caller import has_token, is_browser
from services.http.listen import limited_runner, listen
from services.observability.metrics import Metrics
from services.observability.pulse import keep_beating
from services.text.untrusted import masked

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 4_000_000
BODY_SECONDS = 30.0
PAUSE_SECONDS = 30.0
"""After "too many messages" a robot is left alone for so long: more would only prolong it."""
STATUS = {
    "sent": 200,
    "invalid": 400,
    "forbidden": 403,
    "refused": 502,
    "unreachable": 502,
    "limited": 503,
    "unset": 503,
}

_client = web.AppKey("client", httpx.AsyncClient)


class Adapter:
    """Answers 200 when the service has taken the message; only who holds the `token` may send one."""

    def __init__(
        self, robots: Mapping[str, Robot], token: str, metrics: Metrics, clock: Callable[[], float] = monotonic
    ) -> None:
        self._robots = robots
        self._token = token.encode()
        self._metrics = metrics
        self._clock = clock
        self._paused_until: dict[str, float] = {}
        for name in CHAT_SERVICES:
            for result in STATUS:
                metrics.adapter_messages.labels(name, result)

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.cleanup_ctx.append(_with_client)
        app.router.add_post(f"/{{name:{'|'.join(CHAT_SERVICES)}}}", self._post)
        app.router.add_get("/healthz", self._healthz)
        return app

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "receivers": sorted(self._robots)})

    async def _post(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if (refusal := self._refusal(name, request)) is not None:
            return refusal
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            return self._answer(name, "invalid", f"the body was not complete in {BODY_SECONDS:.0f} s", status=408)
        except web.HTTPRequestEntityTooLarge:
            return self._answer(name, "invalid", f"expected at most {MAX_BODY_BYTES} bytes", status=413)
        try:
            message = digest(decode(body))
        except InvalidInput as error:
            return self._answer(name, "invalid", str(error))
        robot = self._robots.get(name)
        if robot is None:
            return self._answer(
                name, "unset", f"not configured; write the robot's address into the secret groundswell_{name}_url"
            )
        wait = self._paused_until.get(name, 0.0) - self._clock()
        if wait > 0:
            return self._answer(name, "limited", f"too many messages a short while ago; next try in {wait:.0f} s")
        delivery = await deliver(request.app[_client], robot, message)
        if delivery.result == "limited":
            self._paused_until[name] = self._clock() + PAUSE_SECONDS
        return self._answer(name, delivery.result, delivery.detail)

    def _refusal(self, name: str, request: web.Request) -> web.Response | None:
        """The answer to a caller that may not send messages, nor learn whether a robot is there."""
        if is_browser(request):
            return self._answer(name, "forbidden", "expected Alertmanager, got a request from a page in a browser")
        if not has_token(request, self._token):
            why = "expected the header Authorization: Bearer TOKEN, with the token in groundswell_adapter_token"
            return self._answer(name, "forbidden", why, status=401)
        if request.content_type != "application/json":
            why = f"expected Content-Type: application/json, got {masked(request.content_type)}"
            return self._answer(name, "forbidden", why, status=415)
        return None

    def _answer(self, name: str, result: str, detail: str, status: int | None = None) -> web.Response:
        self._metrics.adapter_messages.labels(name, result).inc()
        if result == "sent":
            return web.json_response({"status": result})
        log.warning("%s: %s: %s", name, result, detail)
        return web.json_response({"error": f"{name}: {detail}"}, status=status or STATUS[result])


async def _with_client(app: web.Application) -> AsyncIterator[None]:
    async with make_client() as client:
        app[_client] = client
        yield


async def serve(app: web.Application, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; messages that are under way are sent first.

    :raises PortTaken: when something else listens there.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    runner = limited_runner(app, 10.0)
    try:
        bound = await listen(runner, host, port, "the adapter")
        log.info("POST http://%s/{%s}", bound, ",".join(CHAT_SERVICES))
        beating = asyncio.create_task(keep_beating())
        await stopping.wait()
        beating.cancel()
    finally:
        await runner.cleanup()
