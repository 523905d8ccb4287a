"""Settings for TLS and SASL that do not go together are refused by the name of one; a readable line is warned of."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.kafka.broker import Broker, broker_of
from services.settings import load_settings

KAFKA = "GROUNDSWELL_KAFKA_"


def given(**settings: object) -> Broker:
    return broker_of(load_settings(broker="kafka.example.org:9093", **settings))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kafka_security": "SASL_SSL"}, f"{KAFKA}SASL_USER: expected a user for SASL_SSL, got none"),
        (
            {"kafka_security": "SASL_SSL", "kafka_sasl_user": "a"},
            "SASL_SSL: expected a password in the file groundswell_kafka_sasl_password in GROUNDSWELL_SECRETS_DIR",
        ),
        (
            {"kafka_sasl_user": "a"},
            f"{KAFKA}SASL_USER: expected {KAFKA}SECURITY=SASL_SSL, got {KAFKA}SECURITY=PLAINTEXT, which takes no",
        ),
        (
            {"kafka_ca_file": "ca.pem"},
            f"{KAFKA}CA_FILE: expected {KAFKA}SECURITY=SSL or SASL_SSL, got {KAFKA}SECURITY=PLAINTEXT",
        ),
        (
            {"kafka_security": "SSL", "kafka_certificate_file": "a.pem"},
            f"{KAFKA}KEY_FILE: expected a file, as {KAFKA}CERTIFICATE_FILE is set, got none",
        ),
        (
            {"kafka_security": "SSL", "kafka_key_file": "a.key"},
            f"{KAFKA}CERTIFICATE_FILE: expected a file, as {KAFKA}KEY_FILE is set, got none",
        ),
        (
            {
                "kafka_security": "SASL_SSL",
                "kafka_sasl_user": "a",
                "kafka_sasl_password": "b",
                "kafka_sasl_mechanism": "OAUTHBEARER",
                "kafka_oauth_token_url": "http://idp.example.org",
            },
            f"{KAFKA}OAUTH_TOKEN_URL: expected https://... for OAUTHBEARER, got 'http://idp.example.org'",
        ),
        (
            {
                "kafka_security": "SASL_SSL",
                "kafka_sasl_user": "a",
                "kafka_sasl_password": "b",
                "kafka_oauth_scope": "kafka",
            },
            f"{KAFKA}OAUTH_SCOPE: expected {KAFKA}SASL_MECHANISM=OAUTHBEARER, got {KAFKA}SASL_MECHANISM=SCRAM-SHA-512",
        ),
        ({"kafka_security": "TLS"}, f"{KAFKA}SECURITY: Input should be 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT'"),
    ],
)
def test_what_does_not_go_together_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        given(**settings)
    assert words in str(refused.value)


def test_a_password_over_a_readable_line_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    login = {"kafka_security": "SASL_PLAINTEXT", "kafka_sasl_user": "a", "kafka_sasl_password": "b"}
    with caplog.at_level(logging.WARNING):
        assert broker_of(load_settings(broker="127.0.0.1:9092,[::1]:9092,localhost:9092", **login)).has_login
        assert caplog.messages == []
        given(**login)
    assert caplog.messages == [
        "SASL_PLAINTEXT: logins and texts can be read on the way to kafka.example.org:9093; use SASL_SSL"
    ]


def test_without_security_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given() == Broker("kafka.example.org:9093")
    monkeypatch.setenv("GROUNDSWELL_KAFKA_SECURITY", "")
    assert given().security is None


def test_a_child_on_a_broker_without_security_is_told_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SECURITY": "SASL_SSL", "SASL_USER": "a", "CA_FILE": "ca.pem"}.items():
        monkeypatch.setenv(KAFKA + name, value)
    for name, value in Broker("127.0.0.1:1").environment().items():
        monkeypatch.setenv(name, value)
    assert broker_of(load_settings()) == Broker("127.0.0.1:1")


def test_a_child_on_a_secured_broker_keeps_what_we_were_given() -> None:
    secured = given(kafka_security="SSL")
    assert secured.environment() == {"GROUNDSWELL_BROKER": "kafka.example.org:9093"}
    assert secured.login == "ANONYMOUS (no certificate is configured)"


def test_a_password_is_read_from_its_file_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "groundswell_kafka_sasl_password").write_text("from the file\n")
    monkeypatch.setenv("GROUNDSWELL_SECRETS_DIR", str(tmp_path))
    found = given(kafka_security="SASL_SSL", kafka_sasl_user="a").security
    assert found is not None
    assert found.sasl_password is not None
    assert found.sasl_password.get_secret_value() == "from the file"
    monkeypatch.setenv("GROUNDSWELL_KAFKA_SASL_PASSWORD", "from a variable")
    with pytest.raises(InvalidInput) as refused:
        given()
    assert str(refused.value) == (
        "setting GROUNDSWELL_KAFKA_SASL_PASSWORD: expected the file groundswell_kafka_sasl_password in "
        "GROUNDSWELL_SECRETS_DIR, got a variable, which others can see: unset it"
    )
