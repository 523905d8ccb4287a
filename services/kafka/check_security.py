"""Refuses settings for TLS and SASL that do not go together, before anybody is sent a password."""

from __future__ import annotations

import ipaddress
import logging

from services.domain.errors import InvalidInput
from services.kafka.addresses import split_addresses
from services.settings import KafkaSettings

log = logging.getLogger(__name__)

_SASL_FIELDS = ("sasl_user", "oauth_token_url", "oauth_scope")
_TLS_FIELDS = ("ca_file", "certificate_file", "key_file")


def check_security(settings: KafkaSettings, servers: str) -> None:
    """Check what pydantic cannot: what one setting means for another. A password over a line that anybody can read is
    warned of.

    :raises InvalidInput: naming the variable, what was expected and what came.
    """
    sasl = settings.security.startswith("SASL")
    tls = settings.security.endswith("SSL")
    if not sasl:
        _refuse_unused(settings, _SASL_FIELDS, "SASL_SSL")
    if not tls:
        _refuse_unused(settings, _TLS_FIELDS, "SSL or SASL_SSL")
    if (settings.certificate_file is None) != (settings.key_file is None):
        given, missing = ("certificate_file", "key_file")[:: 1 if settings.certificate_file else -1]
        raise _wrong(settings, missing, f"a file, as {_variable(settings, given)} is set", "none")
    if sasl:
        _check_login(settings)
    if settings.security == "SASL_PLAINTEXT" and not all(_is_loopback(host) for host, _ in split_addresses(servers)):
        log.warning("%s: logins and texts can be read on the way to %s; use SASL_SSL", settings.security, servers)


def _check_login(settings: KafkaSettings) -> None:
    if not settings.sasl_user:
        raise _wrong(settings, "sasl_user", f"a user for {settings.security}", "none")
    if settings.sasl_password is None or not settings.sasl_password.get_secret_value():
        file = _variable(settings, "sasl_password").lower()
        raise InvalidInput(f"{settings.security}: expected a password in the file {file} in GROUNDSWELL_SECRETS_DIR")
    if settings.sasl_mechanism != "OAUTHBEARER":
        _refuse_unused(settings, ("oauth_token_url", "oauth_scope"), "OAUTHBEARER", by="sasl_mechanism")
    elif not settings.oauth_token_url.startswith("https://"):
        raise _wrong(settings, "oauth_token_url", "https://... for OAUTHBEARER", repr(settings.oauth_token_url))


def _refuse_unused(settings: KafkaSettings, fields: tuple[str, ...], wanted: str, by: str = "security") -> None:
    """What is set and has no effect was meant to have one."""
    for field in fields:
        if getattr(settings, field):
            found = f"{_variable(settings, by)}={getattr(settings, by)}, which takes no notice of it"
            raise _wrong(settings, field, f"{_variable(settings, by)}={wanted}", found)


def _wrong(settings: KafkaSettings, field: str, expected: str, got: str) -> InvalidInput:
    return InvalidInput(f"setting {_variable(settings, field)}: expected {expected}, got {got}")


def _variable(settings: KafkaSettings, field: str) -> str:
    return settings.variables()[field]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
