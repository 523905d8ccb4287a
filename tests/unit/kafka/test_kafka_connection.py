"""KafkaConnection: every record has an answer by the deadline, whatever the client does."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker
from services.kafka.errors import RecordRefused
from services.kafka.idempotent_producer import _Producer
from services.kafka.kafka_connection import KafkaConnection
from services.kafka.producer_record import ProducerRecord

RECORDS = [ProducerRecord("news.raw", b"s", b"%d" % number) for number in range(4)]


class _Future:
    """Answers as told, or waits as long as it may."""

    def __init__(self, outcome: Exception | None) -> None:
        self._outcome = outcome

    def get(self, timeout: float) -> None:
        """The answer."""
        if self._outcome is not None:
            threading.Event().wait(min(timeout, 0.1) if isinstance(self._outcome, KafkaTimeoutError) else 0)
            raise self._outcome


class _FakeProducer:
    """Sends as `send` says, by the number of the record."""

    def __init__(self, send: Callable[[int], _Future]) -> None:
        self._send = send
        self.sent: list[int] = []

    def send(self, _topic: str, key: bytes, value: bytes) -> _Future:
        """One record."""
        self.sent.append(int(value))
        return self._send(int(value))


def _connected(send: Callable[[int], _Future]) -> tuple[KafkaConnection, _FakeProducer]:
    connection = KafkaConnection(Broker("127.0.0.1:1"), ["news.raw"], "test")
    producer = _FakeProducer(send)
    connection._producer = producer
    return connection, producer


def test_each_has_its_own_answer() -> None:
    outcomes = [None, MessageSizeTooLargeError("1 MB"), None, KafkaTimeoutError("expired")]
    connection, _ = _connected(lambda number: _Future(outcomes[number]))
    answers = connection.deliver(RECORDS, 30)
    assert [type(answer) for answer in answers] == [type(None), RecordRefused, type(None), BrokerUnavailable]


def test_one_that_is_never_answered_has_failed_at_the_deadline() -> None:
    connection, _ = _connected(lambda _number: _Future(KafkaTimeoutError("no answer")))
    answers = connection.deliver(RECORDS, 0.2)
    assert [type(answer) for answer in answers] == [BrokerUnavailable] * 4


def test_what_cannot_be_queued_is_not_tried_for_each_record() -> None:
    def send(number: int) -> _Future:
        if number == 0:
            raise MessageSizeTooLargeError("1 MB")
        raise KafkaTimeoutError("no metadata within 5 s")

    connection, producer = _connected(send)
    answers = connection.deliver(RECORDS, 30)
    assert [type(answer) for answer in answers] == [RecordRefused] + [BrokerUnavailable] * 3
    assert producer.sent == [0, 1]


def test_without_a_connection_nothing_is_delivered() -> None:
    answers = KafkaConnection(Broker("127.0.0.1:1"), ["news.raw"], "test").deliver(RECORDS, 30)
    assert [type(answer) for answer in answers] == [BrokerUnavailable] * 4


def test_what_cannot_be_flushed_does_not_keep_a_producer_from_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    def flush(_producer: object, timeout: float | None = None) -> None:
        raise KafkaTimeoutError(f"not within {timeout} s")

    ended = []

    class _Thread:
        def is_alive(self) -> bool:
            return True

        def force_close(self) -> None:
            ended.append(True)

    monkeypatch.setattr(KafkaProducer, "flush", flush)
    producer = _Producer.__new__(_Producer)
    producer.config = {"client_id": "test", "transactional_id": None, "key_serializer": None, "value_serializer": None}
    producer._closed, producer._sender, producer._metrics, producer._cleanup = False, _Thread(), None, None
    producer.close(0)
    assert ended == [True]
