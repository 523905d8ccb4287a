"""Access tokens for OAUTHBEARER: OAuth 2.0 client credentials (RFC 6749, 4.4), kept and renewed before their end."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any

import httpx
from faust.auth import AbstractTokenProvider as AsyncTokenProvider  # type: ignore[attr-defined] # it is aiokafka's
from kafka.net.sasl.oauth import AbstractTokenProvider

from services.domain.errors import GroundswellError
from services.settings import KafkaSettings

ANSWER_SECONDS = 10.0
RENEW_SHARE = 0.8
"""Of its life; then another one is asked for."""
ASSUMED_SECONDS = 300.0
"""Life of a token whose endpoint does not say."""


class TokenRefused(GroundswellError):
    """The token endpoint gives no token: nobody can log in; the next connection asks again."""


class TokenSource:
    """The token of one client, for all connections of a process; called from several threads."""

    def __init__(self, security: KafkaSettings) -> None:
        self._security = security
        self._lock = Lock()
        self._token = ""
        self._renew_at = self._ends_at = -1.0

    def token(self) -> str:
        """A token that is valid now.

        :raises TokenRefused: when there is none, and none is given.
        """
        with self._lock:
            if monotonic() >= self._renew_at:
                try:
                    self._renew()
                except TokenRefused:
                    if monotonic() >= self._ends_at:
                        raise
            return self._token

    def _renew(self) -> None:
        asked_at = monotonic()
        answer = self._ask()
        token, seconds = answer.get("access_token"), answer.get("expires_in", ASSUMED_SECONDS)
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise self._refused("expected a JSON object with access_token and expires_in (seconds)")
        self._token = token
        self._renew_at, self._ends_at = asked_at + RENEW_SHARE * seconds, asked_at + seconds

    def _ask(self) -> dict[str, Any]:
        security = self._security
        form = {"grant_type": "client_credentials"} | ({"scope": security.oauth_scope} if security.oauth_scope else {})
        secret = security.sasl_password.get_secret_value() if security.sasl_password else ""
        try:
            answer = httpx.post(
                security.oauth_token_url,
                data=form,
                auth=(security.sasl_user, secret),
                verify=_trusted(security),
                timeout=ANSWER_SECONDS,
            )
            found = answer.json() if answer.is_success else None
        except (httpx.HTTPError, ValueError) as error:
            raise self._refused(str(error) or type(error).__name__) from error
        if not isinstance(found, dict):
            raise self._refused(f"status {answer.status_code}; check the client id, its secret and the scope")
        return found

    def _refused(self, why: str) -> TokenRefused:
        return TokenRefused(f"no token for {self._security.sasl_user} from {self._security.oauth_token_url}: {why}")


@cache
def token_source(security: KafkaSettings) -> TokenSource:
    """The one source of these settings in this process."""
    return TokenSource(security)


class Tokens(AbstractTokenProvider):  # type: ignore[misc]
    """For kafka-python, which asks in its network thread."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    def token(self) -> str:
        """A valid token."""
        return self._source.token()


class AsyncTokens(AsyncTokenProvider):  # type: ignore[misc]
    """For Faust's aiokafka, which asks on the event loop."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    async def token(self) -> str:
        """A valid token."""
        return await asyncio.to_thread(self._source.token)


def _trusted(security: KafkaSettings) -> ssl.SSLContext:
    """The system's CAs and those of the brokers: the endpoint may stand under either."""
    context = ssl.create_default_context()
    if security.ca_file is not None:
        context.load_verify_locations(security.ca_file)
    return context
