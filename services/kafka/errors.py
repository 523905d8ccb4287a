"""kafka-python's errors in words that name the broker, the principal and the setting to look at."""

from __future__ import annotations

from collections.abc import Sequence

from kafka.errors import (
    AuthorizationError,
    InvalidRecordError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    SaslAuthenticationFailedError,
)

from services.domain.errors import BrokerUnavailable, GroundswellError

_CLUSTER_DENIED = "[Error 31]"
_UNUSABLE = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)
_PRINCIPAL = "as the principal ANONYMOUS (no user is configured)"


class RecordRefused(GroundswellError):
    """The broker will never take this one record (its size, its form): dead-letter it and go on."""


def explain(error: Exception, broker: str, topics: Sequence[str]) -> BrokerUnavailable | RecordRefused:
    """What went wrong while writing to `topics`, and what to check."""
    if isinstance(error, _UNUSABLE):
        return RecordRefused(f"Kafka broker {broker} refuses the record: {error}")
    if isinstance(error, SaslAuthenticationFailedError):
        return BrokerUnavailable(broker, f"the login {_PRINCIPAL} failed; check the credentials ({error})")
    if isinstance(error, AuthorizationError) or _CLUSTER_DENIED in str(error):
        named = ", ".join(topics)
        return BrokerUnavailable(
            broker, f"no right to write {_PRINCIPAL}; grant Write and Describe on {named} ({error})"
        )
    if "bootstrap" in str(error).lower():
        return BrokerUnavailable(
            broker,
            f"nobody answers {_PRINCIPAL}; is it running, does it want a login or TLS, "
            "is --broker (GROUNDSWELL_BROKER) right?",
        )
    return BrokerUnavailable(broker, f"delivery failed: {error}")
