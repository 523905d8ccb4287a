"""A broker's security as the arguments of each client library: one place for TLS, logins and their files."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import faust

from services.domain.errors import InvalidInput
from services.kafka.addresses import bootstrap_servers
from services.kafka.broker import Broker
from services.kafka.oauth import AsyncTokens, Tokens, token_source
from services.settings import KafkaSettings


class _Password(str):
    """A password that does not show in what kafka-python logs of its arguments."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def client_options(broker: Broker) -> dict[str, Any]:
    """What every client of kafka-python is given.

    :raises InvalidInput: when the address is none, or a file cannot be used.
    """
    options: dict[str, Any] = {"bootstrap_servers": bootstrap_servers(broker.servers)}
    security = broker.security
    if security is None:
        return options
    options["security_protocol"] = security.security
    if broker.encrypted:
        options["ssl_context"] = tls_context(security)
    if broker.has_login:
        options["sasl_mechanism"] = security.sasl_mechanism
        if security.sasl_mechanism == "OAUTHBEARER":
            options["sasl_oauth_token_provider"] = Tokens(token_source(security))
        else:
            options["sasl_plain_username"] = security.sasl_user
            options["sasl_plain_password"] = _Password(_secret(security.sasl_password))
    return options


def faust_options(broker: Broker) -> dict[str, Any]:
    """What a Faust app is given.

    :raises InvalidInput: as `client_options` does.
    """
    options: dict[str, Any] = {"broker": [f"kafka://{address}" for address in bootstrap_servers(broker.servers)]}
    security = broker.security
    if security is None:
        return options
    context = tls_context(security) if broker.encrypted else None
    if broker.protocol == "SSL":
        options["broker_credentials"] = faust.SSLCredentials(context)
    elif security.sasl_mechanism == "OAUTHBEARER":
        tokens = AsyncTokens(token_source(security))
        options["broker_credentials"] = faust.OAuthCredentials(oauth_cb=tokens, ssl_context=context)
    else:
        options["broker_credentials"] = faust.SASLCredentials(
            username=security.sasl_user,
            password=_secret(security.sasl_password),
            ssl_context=context,
            mechanism=security.sasl_mechanism,
        )
    return options


def tls_context(security: KafkaSettings) -> ssl.SSLContext:
    """TLS 1.2 or later; the broker's certificate and host name are checked, ours is shown where there is one.

    :raises InvalidInput: naming the setting whose file cannot be used.
    """
    variables = security.variables()
    try:
        context = ssl.create_default_context(cafile=security.ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise _unusable(variables["ca_file"], "PEM certificates", security.ca_file, error) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if security.certificate_file is not None:
        try:
            # Without a function that answers, OpenSSL asks the terminal for the password of an encrypted key.
            context.load_cert_chain(
                security.certificate_file, security.key_file, password=lambda: _secret(security.key_password)
            )
        except OSError as error:
            expected = f"a PEM certificate, its key in {security.key_file}, and that key's password"
            raise _unusable(variables["certificate_file"], expected, security.certificate_file, error) from error
    return context


def _unusable(variable: str, expected: str, path: Path | None, error: OSError) -> InvalidInput:
    return InvalidInput(f"setting {variable}: expected {expected}, got {path}: {error.strerror or error}")


def _secret(value: Any) -> str:
    return "" if value is None else str(value.get_secret_value())
