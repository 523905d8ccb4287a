"""One Alertmanager over its API v2: what it holds of ours, and posts of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
from stamina import AsyncRetryingCaller

from services.alerting.notify.alert_store import GettableAlert
from services.alerting.notify.labels import SURGE, SURGE_GROUP
from services.alerting.notify.postable import PostableAlert, body_of
from services.domain.errors import GroundswellError, InvalidInput
from services.domain.event_time import parse_iso_ms
from services.domain.redact import HIDDEN, redact, redact_address

TIMEOUT_SECONDS = 5.0
MOST_ANSWER_CHARS = 300
_JSON = {"Content-Type": "application/json"}
_ALERTS_FAULT = frozenset({400, 413, 422})
"""Answers that blame what was posted; any other refusal is about the server or the way to it."""


class AlertmanagerUnavailable(GroundswellError):
    """No answer, or one that blames no alert (a login, a proxy, a wrong path): try again with back-off."""


until_available = AsyncRetryingCaller(attempts=None, timeout=None, wait_initial=0.5, wait_max=10.0, wait_jitter=0.0).on(
    AlertmanagerUnavailable
)
"""Calls a function again until Alertmanager is available, however long that takes, after 0.5 to 10 seconds each."""


class Refused(NamedTuple):
    """An alert that it will never take, and its answer."""

    post: PostableAlert
    answer: str


class _Gettable(msgspec.Struct):
    """Of a gettableAlert only what we need."""

    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: str  # noqa: N815 (Alertmanager's name)


_decoder = msgspec.json.Decoder(list[_Gettable])


class Alertmanager:
    """`url` is checked by `alertmanager_urls`; `name` is its address without what may be secret."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.name = redact(url.rstrip("/")).partition("://")[2].removeprefix(f"{HIDDEN}@")
        self._alerts = f"{url.rstrip('/')}/api/v2/alerts"
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, transport=transport)

    async def firing(self) -> list[GettableAlert]:
        """The alerts of incidents that it holds as firing, silenced and inhibited ones too.

        :raises AlertmanagerUnavailable: when it does not say.
        """
        ours = {"filter": f'alertname=~"{SURGE}|{SURGE_GROUP}"'}
        answer = await self._ask(httpx.Request("GET", self._alerts, params=ours))
        if answer.status_code != httpx.codes.OK:
            raise AlertmanagerUnavailable(self._describe(answer))
        try:
            alerts = _decoder.decode(answer.content)
            return [
                GettableAlert(alert.labels, alert.annotations, parse_iso_ms(alert.startsAt))
                for alert in alerts
                if "incident" in alert.annotations
            ]
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise AlertmanagerUnavailable(f"Alertmanager {self.name}: expected its alerts, got {error}") from error

    async def post(self, posts: Sequence[PostableAlert]) -> list[Refused]:
        """Post alerts; those that it refuses are found by halving, so that none holds up another.

        :raises AlertmanagerUnavailable: when it does not take them now.
        """
        request = httpx.Request("POST", self._alerts, content=body_of(posts), headers=_JSON)
        answer = await self._ask(request)
        if answer.is_success:
            return []
        if answer.status_code not in _ALERTS_FAULT:
            raise AlertmanagerUnavailable(self._describe(answer))
        if len(posts) == 1:
            return [Refused(posts[0], self._describe(answer))]
        middle = len(posts) // 2
        return [*await self.post(posts[:middle]), *await self.post(posts[middle:])]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._client.send(request)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise AlertmanagerUnavailable(f"Alertmanager {self.name}: {why}") from error

    def _describe(self, answer: httpx.Response) -> str:
        text = " ".join(answer.text.split())[:MOST_ANSWER_CHARS]
        return f"Alertmanager {self.name}: {answer.status_code} {answer.reason_phrase}: {text}"


def alertmanager_urls(setting: str) -> list[str]:
    """`http://host:port[,http://host:port]` to addresses; empty gives none.

    :raises InvalidInput: when one is no such address, or comes twice.
    """
    urls = [url.strip().rstrip("/") for url in setting.split(",") if url.strip()]
    for url in urls:
        if not _is_address(url):
            raise InvalidInput(
                f"setting GROUNDSWELL_ALERTMANAGERS: expected http://host:port[,http://host:port], "
                f"got {redact_address(url)!r}"
            )
    if len(set(urls)) != len(urls):
        named = ",".join(map(redact_address, urls))
        raise InvalidInput(f"setting GROUNDSWELL_ALERTMANAGERS: expected each once, got {named!r}")
    return urls


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:  # a port that is no number
        return False
