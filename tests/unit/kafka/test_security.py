"""A broker's security as the arguments of each client library."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import faust
import pytest
from pydantic import SecretStr

from services.domain.errors import InvalidInput
from services.kafka.broker import Broker
from services.kafka.oauth import AsyncTokens, Tokens
from services.kafka.security import client_options, faust_options, tls_context
from services.settings import KafkaSettings

SERVERS = "a.example:9093,[::1]:9094"
LOGIN = KafkaSettings(security="SASL_SSL", sasl_user="anna", sasl_password=SecretStr("hidden"))
TOKENS = LOGIN.model_copy(update={"sasl_mechanism": "OAUTHBEARER", "oauth_token_url": "https://idp.example/token"})


def test_without_security_there_is_nothing_but_the_addresses() -> None:
    assert client_options(Broker(SERVERS)) == {"bootstrap_servers": ["a.example:9093", "[::1]:9094"]}
    assert faust_options(Broker(SERVERS)) == {"broker": ["kafka://a.example:9093", "kafka://[::1]:9094"]}


def test_a_login_by_password() -> None:
    options = client_options(Broker(SERVERS, LOGIN))
    context = options.pop("ssl_context")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert options == {
        "bootstrap_servers": ["a.example:9093", "[::1]:9094"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "anna",
        "sasl_plain_password": "hidden",
    }
    credentials = faust_options(Broker(SERVERS, LOGIN))["broker_credentials"]
    assert isinstance(credentials, faust.SASLCredentials)
    assert (credentials.username, credentials.password) == ("anna", "hidden")
    assert (credentials.protocol.value, credentials.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")


def test_a_password_does_not_show_where_arguments_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker(SERVERS, LOGIN)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("kafka").debug("Starting with configuration: %s", client_options(broker))
    assert "hidden" not in caplog.text + repr(broker) + repr(faust_options(broker))


def test_a_login_by_token_shares_one_source() -> None:
    broker = Broker(SERVERS, TOKENS)
    first, second = (client_options(broker)["sasl_oauth_token_provider"] for _ in range(2))
    credentials = faust_options(broker)["broker_credentials"]
    assert isinstance(first, Tokens)
    assert isinstance(credentials.oauth_cb, AsyncTokens)
    assert first._source is second._source is credentials.oauth_cb._source
    assert "sasl_plain_password" not in client_options(broker)


def test_encryption_alone() -> None:
    broker = Broker(SERVERS, KafkaSettings(security="SSL"))
    assert set(client_options(broker)) == {"bootstrap_servers", "security_protocol", "ssl_context"}
    assert isinstance(faust_options(broker)["broker_credentials"], faust.SSLCredentials)


def test_a_login_without_encryption() -> None:
    broker = Broker(SERVERS, LOGIN.model_copy(update={"security": "SASL_PLAINTEXT"}))
    assert "ssl_context" not in client_options(broker)
    assert faust_options(broker)["broker_credentials"].protocol.value == "SASL_PLAINTEXT"


@pytest.mark.parametrize(
    ("field", "content", "words"),
    [
        ("ca_file", None, r"GROUNDSWELL_KAFKA_CA_FILE: expected PEM certificates, got .+: No such file or directory"),
        ("ca_file", "no certificate", r"GROUNDSWELL_KAFKA_CA_FILE: expected PEM certificates, got .+/file: "),
        (
            "certificate_file",
            None,
            r"GROUNDSWELL_KAFKA_CERTIFICATE_FILE: expected a PEM certificate, its key in ",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, field: str, content: str | None, words: str) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_text(content)
    settings = KafkaSettings(security="SSL").model_copy(update={field: path, "key_file": path})
    with pytest.raises(InvalidInput, match=words):
        tls_context(settings)


@pytest.mark.parametrize(
    ("broker", "login"),
    [
        (Broker("a:1"), "ANONYMOUS (no user is configured)"),
        (Broker("a:1", LOGIN), "anna (SCRAM-SHA-512)"),
        (Broker("a:1", KafkaSettings(security="SSL")), "ANONYMOUS (no certificate is configured)"),
        (
            Broker("a:1", KafkaSettings(security="SSL", certificate_file=Path("/tls/ours.pem"))),
            "the subject of /tls/ours.pem",
        ),
    ],
)
def test_who_we_are(broker: Broker, login: str) -> None:
    assert broker.login == login
