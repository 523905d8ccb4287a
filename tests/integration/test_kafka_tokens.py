"""Tokens: asked for once, renewed before their end, and refused in one line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.kafka import oauth
from services.kafka.oauth import AsyncTokens, TokenRefused, Tokens, TokenSource
from services.settings import KafkaSettings
from tests.harness.certificates import OPENSSL, Authority
from tests.harness.token_endpoint import TokenEndpoint, token_endpoint

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl, which is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Path:
    return authority.issue("localhost")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that a source sees, in seconds."""
    now = [1000.0]
    monkeypatch.setattr(oauth, "monotonic", lambda: now[0])
    return now


def source(endpoint: TokenEndpoint, authority: Authority, secret: str = "known", scope: str = "") -> TokenSource:
    settings = KafkaSettings(
        security="SASL_SSL",
        ca_file=authority.ca_file,
        sasl_mechanism="OAUTHBEARER",
        sasl_user="groundswell",
        sasl_password=SecretStr(secret),
        oauth_token_url=endpoint.url,
        oauth_scope=scope,
    )
    return TokenSource(settings)


def test_a_token_serves_until_four_fifths_of_its_life(
    authority: Authority, certificate: Path, clock: list[float]
) -> None:
    with token_endpoint(certificate, "known", life_seconds=100) as endpoint:
        tokens = source(endpoint, authority, scope="kafka")
        first = tokens.token()
        clock[0] += 79
        assert (tokens.token(), endpoint.given) == (first, 1)
        clock[0] += 2
        assert asyncio.run(AsyncTokens(tokens).token()) == Tokens(tokens).token()
        assert (endpoint.given, endpoint.scopes) == (2, ["kafka", "kafka"])


def test_while_the_endpoint_is_away_a_token_serves_to_its_end(
    authority: Authority, certificate: Path, clock: list[float]
) -> None:
    with token_endpoint(certificate, "known", life_seconds=100) as endpoint:
        tokens = source(endpoint, authority)
        first = tokens.token()
    clock[0] += 99
    assert tokens.token() == first
    clock[0] += 1
    with pytest.raises(TokenRefused, match=f"no token for groundswell from {endpoint.url}: "):
        tokens.token()


def test_a_wrong_secret_is_one_line_without_it(authority: Authority, certificate: Path) -> None:
    with token_endpoint(certificate, "known") as endpoint, pytest.raises(TokenRefused) as refused:
        source(endpoint, authority, "mistaken").token()
    assert str(refused.value) == (
        f"no token for groundswell from {endpoint.url}: status 401; check the client id, its secret and the scope"
    )


def test_an_endpoint_of_an_unknown_ca_is_sent_no_secret(certificate: Path, tmp_path: Path) -> None:
    with (
        token_endpoint(certificate, "known") as endpoint,
        pytest.raises(TokenRefused, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        source(endpoint, Authority(tmp_path, "other")).token()
    assert endpoint.given == 0
