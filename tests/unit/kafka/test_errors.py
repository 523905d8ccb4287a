"""kafka-python's errors in words of ours: what may be tried again, and what to check."""

from __future__ import annotations

import pytest
from kafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
)

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.errors import RecordRefused, explain


def test_a_record_that_is_too_large_is_refused() -> None:
    found = explain(MessageSizeTooLargeError("2000000 bytes"), Broker("a:1"), ["news.raw"])
    assert isinstance(found, RecordRefused)
    assert str(found).startswith("Kafka broker a:1 refuses the record: ")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            SaslAuthenticationFailedError("no"),
            "the login as ANONYMOUS (no user is configured) failed: check GROUNDSWELL_KAFKA_SASL_USER",
        ),
        (TopicAuthorizationFailedError("no"), "no right to Write on news.raw, opinions.dead as ANONYMOUS"),
        (KafkaError("[Error 31] ClusterAuthorizationFailedError"), "no right to Write on news.raw"),
        (KafkaError("Unable to bootstrap from [('a', 1)]"), "it does not answer us any more, as ANONYMOUS"),
        (KafkaTimeoutError("batch expired"), "delivery failed: "),
    ],
)
def test_what_may_be_tried_again_says_what_to_check(error: KafkaError, words: str) -> None:
    found = explain(error, Broker("a:1"), ["news.raw", "opinions.dead"])
    assert isinstance(found, BrokerUnavailable)
    assert words in str(found)
