"""One message to one robot, and what became of it. Addresses hold keys: none is in any result or log line."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import msgspec

from services.alerting.receivers.chat_service import ChatRequest, ChatService, fitted
from services.alerting.receivers.digest import Digest, without_texts
from services.alerting.receivers.plain_text import cut
from services.alerting.receivers.robots import Robot
from services.clock import now_ms
from services.text.untrusted import one_line

Result = Literal["sent", "refused", "limited", "unreachable"]

TIMEOUT_SECONDS = 8.0
"""Less than the 10 seconds that Alertmanager waits at least."""
MAX_ANSWER_BYTES = 64_000
MAX_REASON_BYTES = 300
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message; `detail` says why it was not sent, `code` is that of the service's answer."""

    result: Result
    detail: str = ""
    code: int = 0


def make_client() -> httpx.AsyncClient:
    """The client for `deliver`, through the proxy of the environment where one is set.

    It would log each address, and with it the key.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(follow_redirects=False, timeout=None)


async def deliver(client: httpx.AsyncClient, robot: Robot, message: Digest) -> Delivery:
    """Send a message; where the service refuses the content, once more without the foreign texts."""
    delivery = await _post(client, robot, message)
    if delivery.code in robot.service.unfit:
        log.warning("%s; sent again without the texts", delivery.detail)
        delivery = await _post(client, robot, without_texts(message))
    return delivery


async def _post(client: httpx.AsyncClient, robot: Robot, message: Digest) -> Delivery:
    request = ChatRequest(robot.url, fitted(robot.service, message))
    if robot.secret:
        request = robot.service.sign(request, robot.secret, now_ms())
    body = msgspec.json.encode(request.payload)
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            client.stream("POST", request.url, content=body, headers=_HEADERS) as answer,
        ):
            return read_answer(robot.service, answer.status_code, await _start_of(answer))
    except TimeoutError:
        return Delivery("unreachable", f"no answer within {TIMEOUT_SECONDS:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Delivery("unreachable", f"cannot be reached ({type(error).__name__})")


async def _start_of(answer: httpx.Response) -> bytes:
    body = b""
    async for chunk in answer.aiter_bytes(MAX_ANSWER_BYTES):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
    return body


def read_answer(service: ChatService, status: int, body: bytes) -> Delivery:
    """What an answer means: these services say no with HTTP status 200 and a code that is not 0."""
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Delivery("limited", "too many messages (HTTP status 429)")
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
        code = answer[service.code]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        return Delivery("refused", f"an answer without {service.code} (HTTP status {status})")
    if code == 0:
        return Delivery("sent")
    reason = cut(one_line(str(answer.get(service.reason, ""))), MAX_REASON_BYTES)
    if not isinstance(code, int):
        return Delivery("refused", f"{service.code} is no number (HTTP status {status})")
    return Delivery("limited" if code in service.too_fast else "refused", f"{service.code} {code}: {reason}", code)
