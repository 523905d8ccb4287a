"""`POST /v1/texts`: texts over HTTP, for those who hold the token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from services.clock import now_ms
from services.http.caller import has_token
from services.ingest.delivery.not_accepted import NotAccepted
from services.ingest.normalise import SourceDefaults
from services.ingest.pipeline import Accepted, IngestPipeline, Rejected, Repeated

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_000_000
MAX_TEXTS = 1_000
BODY_SECONDS = 30.0
RETRY_SECONDS = 5
"""What a client is told to wait when the disk takes no texts."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch; `rejected` items are on the dead-letter topic."""

    accepted: int
    repeated: int
    rejected: list[dict[str, object]]


class TextsEndpoint:
    """Answers 202 only when every text is safe on disk, dead letters and the first of repeats too."""

    def __init__(self, pipeline: IngestPipeline, defaults: SourceDefaults, token: str) -> None:
        self._pipeline = pipeline
        self._defaults = defaults
        self._token = token.encode()

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/v1/texts", self._post)
        app.router.add_get("/healthz", self._healthz)
        return app

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _post(self, request: web.Request) -> web.Response:
        if not has_token(request, self._token):
            return _problem(
                401,
                "expected the header Authorization: Bearer TOKEN",
                {"WWW-Authenticate": 'Bearer realm="texts"'},
            )
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _problem(413, f"expected at most {MAX_BODY_BYTES} bytes")
        except TimeoutError:
            return _problem(408, f"the body was not complete within {BODY_SECONDS:.0f} s")
        try:
            records = _records(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _problem(400, f"expected JSON in UTF-8: {error}")
        except ValueError as error:
            return _problem(400, str(error))
        if len(records) > MAX_TEXTS:
            return _problem(413, f"expected at most {MAX_TEXTS} texts, got {len(records)}")
        try:
            receipt = await self._take(records)
        except NotAccepted as error:
            log.debug("%s", error)
            again = {"Retry-After": str(RETRY_SECONDS)}
            return _problem(503, "texts cannot be kept safe now; send them again later", again)
        return web.json_response(msgspec.to_builtins(receipt), status=202)

    async def _take(self, records: Sequence[object]) -> Receipt:
        """Hand all texts over and wait until each is safe.

        :raises NotAccepted: when the disk does not take one.
        """
        results = await asyncio.to_thread(self._take_all, records)
        deliveries = [asyncio.wrap_future(result.delivery) for result in results if result.delivery]
        for outcome in await asyncio.gather(*deliveries, return_exceptions=True):
            if outcome is not None:
                raise outcome
        rejected: list[dict[str, object]] = [
            {"index": index, "reason": result.reason, "detail": result.detail}
            for index, result in enumerate(results)
            if isinstance(result, Rejected)
        ]
        repeated = sum(isinstance(result, Repeated) for result in results)
        return Receipt(len(results) - repeated - len(rejected), repeated, rejected)

    def _take_all(self, records: Sequence[object]) -> list[Accepted | Repeated | Rejected]:
        now = now_ms()
        return [
            self._pipeline.take(record, self._defaults, f"POST /v1/texts item {index}", now)
            for index, record in enumerate(records)
        ]


def _records(found: Any) -> list[Any]:
    """The items of a body: one object, {"texts": [...]}, or a list.

    :raises ValueError: when it is none of them.
    """
    if isinstance(found, dict):
        found = found.get("texts", [found])
    if not isinstance(found, list):
        raise ValueError('expected one text, a list of texts, or {"texts": [...]}')
    return found


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": detail}, status=status, headers=headers)
