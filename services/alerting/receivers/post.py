"""One message to one robot, and what became of it. Addresses hold keys: none is in any result or log line."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import msgspec
from yarl import URL

from services.alerting.receivers.digest import Digest, without_texts
from services.alerting.receivers.plain import cut, one_line
from services.alerting.receivers.robots import Robot
from services.alerting.receivers.vendor import Signed, Vendor, fitted
from services.clock import now_ms

Result = Literal["sent", "refused", "limited", "unreachable"]

TIMEOUT_SECONDS = 8.0
"""Less than the 10 seconds that Alertmanager waits at least."""
MAX_ANSWER_BYTES = 64_000
MAX_REASON_BYTES = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message; `detail` says why it was not sent."""

    result: Result
    detail: str = ""
    code: int = 0


async def tell(session: aiohttp.ClientSession, robot: Robot, message: Digest) -> Outcome:
    """Send a message; where the service refuses the content, once more without the foreign texts."""
    outcome = await _post(session, robot, message)
    if outcome.code in robot.vendor.unfit:
        log.warning("%s; sent again without the texts", outcome.detail)
        outcome = await _post(session, robot, without_texts(message))
    return outcome


async def _post(session: aiohttp.ClientSession, robot: Robot, message: Digest) -> Outcome:
    request = Signed(robot.url, fitted(robot.vendor, message))
    if robot.secret:
        request = robot.vendor.sign(request, robot.secret, now_ms())
    try:
        async with session.post(
            URL(request.url, encoded=True),
            data=msgspec.json.encode(request.payload),
            headers={"Content-Type": "application/json; charset=utf-8"},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        ) as response:
            return outcome(robot.vendor, response.status, await _start_of(response.content))
    except TimeoutError:
        return Outcome("unreachable", f"no answer within {TIMEOUT_SECONDS:.0f} s")
    except (aiohttp.ClientError, OSError) as error:
        return Outcome("unreachable", f"cannot be reached ({type(error).__name__})")


async def _start_of(stream: aiohttp.StreamReader) -> bytes:
    body = b""
    async for chunk in stream.iter_chunked(MAX_ANSWER_BYTES):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
    return body


def outcome(vendor: Vendor, status: int, body: bytes) -> Outcome:
    """What an answer means: these services say no with HTTP status 200 and a code that is not 0."""
    if status == 429:
        return Outcome("limited", "too many messages (HTTP status 429)")
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
        code = answer[vendor.code]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        return Outcome("refused", f"an answer without {vendor.code} (HTTP status {status})")
    if code == 0:
        return Outcome("sent")
    reason = cut(one_line(str(answer.get(vendor.reason, ""))), MAX_REASON_BYTES)
    if not isinstance(code, int):
        return Outcome("refused", f"{vendor.code} is no number (HTTP status {status})")
    return Outcome("limited" if code in vendor.too_fast else "refused", f"{vendor.code} {code}: {reason}", code)
