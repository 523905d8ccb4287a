"""Errors of Kafka's clients and of TLS in one line each: which broker, who we are there, and what to look at."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from kafka.errors import (
    AuthorizationError,
    IllegalSaslStateError,
    InvalidRecordError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)

from services.domain.errors import BrokerRefused, BrokerUnavailable, GroundswellError
from services.kafka.broker import Broker

_CLUSTER_DENIED = "[Error 31]"
_UNUSABLE = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)

_EXPIRED, _NOT_YET_VALID = 10, 9
_UNKNOWN_CA = {2, 18, 19, 20, 21, 27}
_WRONG_NAME = {62, 64}
"""OpenSSL's numbers of X509_V_ERR_... (x509_vfy.h)."""
_ALERTS = {
    "WRONG_VERSION_NUMBER": "speaks no TLS: check the port and GROUNDSWELL_KAFKA_SECURITY",
    "CERTIFICATE_REQUIRED": "wants a certificate of ours: set GROUNDSWELL_KAFKA_CERTIFICATE_FILE and ..._KEY_FILE",
    "BAD_CERTIFICATE": "wants a certificate of ours: check GROUNDSWELL_KAFKA_CERTIFICATE_FILE and ..._KEY_FILE",
    "CERTIFICATE_UNKNOWN": "does not take our certificate: GROUNDSWELL_KAFKA_CERTIFICATE_FILE must be signed by a CA "
    "that it knows (its ssl.truststore)",
}
"""What brokers answer in TLS's own words, by a part of OpenSSL's name for it."""


class RecordRefused(GroundswellError):
    """The broker will never take this one record (its size, its form): dead-letter it and go on."""


def explain(error: Exception, broker: Broker, topics: Sequence[str]) -> BrokerUnavailable | RecordRefused:
    """What went wrong while writing to `topics`, and what to check."""
    if isinstance(error, _UNUSABLE):
        return RecordRefused(f"Kafka broker {broker} refuses the record: {error}")
    if isinstance(error, SaslAuthenticationFailedError):
        return _login_failed(error, broker)
    if isinstance(error, AuthorizationError) or _CLUSTER_DENIED in str(error):
        return missing_right(broker, f"Write on {', '.join(topics)}")
    if "bootstrap" in str(error).lower():
        return BrokerUnavailable(broker, f"it does not answer us any more, as {broker.login} ({error})")
    return BrokerUnavailable(broker, f"delivery failed: {error}")


def explain_read(error: Exception, broker: Broker, topics: Sequence[str]) -> BrokerUnavailable:
    """What went wrong while reading from `topics`, and what to check."""
    if isinstance(error, AuthorizationError):
        return missing_right(broker, f"Read on {', '.join(topics)}")
    return BrokerUnavailable(broker, f"the request failed: {error}")


def missing_right(broker: Broker, right: str, service: str = "") -> BrokerRefused:
    """Kafka's access control lists do not let us; `service` is the row of `services.kafka.rights` that would."""
    command = f"groundswell topics acls {service}".strip()
    return BrokerRefused(broker, f"no right to {right} as {broker.login}; `{command}` prints what grants it")


def explain_login(error: Exception, broker: Broker, address: str, in_login: bool) -> BrokerUnavailable:
    """What went wrong between the TLS handshake and the first answer; `in_login`: between the versions and that."""
    if isinstance(error, GroundswellError):
        return BrokerRefused(broker, str(error))
    if isinstance(error, UnsupportedSaslMechanismError | IllegalSaslStateError):
        return BrokerRefused(
            broker,
            f"{address} takes no login of that kind: check the port and GROUNDSWELL_KAFKA_SASL_MECHANISM ({error})",
        )
    if in_login or isinstance(error, SaslAuthenticationFailedError):
        return _login_failed(error, broker)
    alert = next((each for each in error.args if isinstance(each, ssl.SSLError)), None)
    if alert is not None:
        return explain_tls(alert, broker, address)
    return BrokerUnavailable(
        broker,
        f"something listens there but does not answer as Kafka does; GROUNDSWELL_KAFKA_SECURITY is {broker.protocol}: "
        f"is that what {address} speaks? ({error})",
    )


def _login_failed(error: Exception, broker: Broker) -> BrokerRefused:
    why = str(error.args[0] if error.args else error).removeprefix("SaslAuthenticationFailedError: ")
    return BrokerRefused(
        broker,
        f"the login as {broker.login} failed: check GROUNDSWELL_KAFKA_SASL_USER, ..._SASL_MECHANISM and the secret "
        f"file groundswell_kafka_sasl_password ({why})",
    )


def explain_tls(error: OSError, broker: Broker, address: str) -> BrokerRefused:
    """What went wrong in a TLS handshake, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BrokerRefused(broker, f"the certificate that {address} shows {_verdict(error, address)}")
    for name, words in _ALERTS.items():
        if name in str(error):
            return BrokerRefused(broker, f"{address} {words}")
    return BrokerRefused(broker, f"{address} broke off the TLS handshake; does it speak TLS there? ({error})")


def _verdict(error: ssl.SSLCertVerificationError, address: str) -> str:
    code = error.verify_code
    if code == _EXPIRED:
        return "has expired: renew it on the broker (or is the clock of this machine wrong?)"
    if code == _NOT_YET_VALID:
        return "is not valid yet: is the clock of this machine right?"
    if code in _WRONG_NAME:
        host = address.rpartition(":")[0]
        return f"is not made for {host}: use the name that it is made for, or add this one to its subjectAltName"
    if code in _UNKNOWN_CA:
        message = error.verify_message
        return f"is signed by a CA that is not known here: set GROUNDSWELL_KAFKA_CA_FILE to that CA's file ({message})"
    return f"is not taken: {error.verify_message}"
