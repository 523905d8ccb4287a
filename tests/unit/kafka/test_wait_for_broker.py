"""wait_for_broker: how long it tries, what ends it, and what it says meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import stamina
from stamina.instrumentation import RetryDetails

from services.domain.errors import BrokerRefused, BrokerUnavailable, InvalidInput
from services.kafka import wait_for_broker as module
from services.kafka.broker import Broker
from services.kafka.wait_for_broker import wait_for_broker
from services.observability.retries import log_retry

BROKER = Broker("127.0.0.1:9092")


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One number a try; nobody answers three times. No pause is waited for."""
    with _failing(monkeypatch, BrokerUnavailable(BROKER, "nobody answers")) as made:
        yield made


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One number a try; the broker refuses us three times, then somebody has mended it."""
    with _failing(monkeypatch, BrokerRefused(BROKER, "the login failed")) as made:
        yield made


@contextmanager
def _failing(monkeypatch: pytest.MonkeyPatch, error: BrokerUnavailable) -> Iterator[list[int]]:
    made: list[int] = []

    @contextmanager
    def admin(_broker: Broker) -> Iterator[Any]:
        made.append(len(made) + 1)
        if len(made) < 4:
            raise error
        yield SimpleNamespace(list_topics=list)

    monkeypatch.setattr(module, "admin", admin)
    with stamina.set_testing(True, attempts=10):
        yield made


def test_it_tries_until_the_broker_answers(tries: list[int]) -> None:
    wait_for_broker(BROKER)
    assert tries == [1, 2, 3, 4]


def test_it_gives_up_when_it_is_told_to(tries: list[int]) -> None:
    with pytest.raises(BrokerUnavailable, match="nobody answers"):
        wait_for_broker(BROKER, give_up=lambda: len(tries) == 2)
    assert tries == [1, 2]


def test_without_time_it_tries_once(tries: list[int]) -> None:
    with pytest.raises(BrokerUnavailable, match="nobody answers"):
        wait_for_broker(BROKER, 0)
    assert tries == [1]


def test_a_command_ends_with_the_first_refusal(refusals: list[int]) -> None:
    with pytest.raises(BrokerRefused, match="the login failed"):
        wait_for_broker(BROKER, 60)
    assert refusals == [1]


def test_a_service_goes_on_when_a_refusal_is_mended(refusals: list[int]) -> None:
    wait_for_broker(BROKER)
    assert refusals == [1, 2, 3, 4]


def test_what_is_no_address_is_not_tried_again() -> None:
    with pytest.raises(InvalidInput, match="expected host:port"):
        wait_for_broker(Broker("nonsense"))


def test_a_pause_of_a_second_or_more_is_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    def retry(pause: float) -> RetryDetails:
        return RetryDetails(
            name="wait",
            args=(),
            kwargs={},
            retry_num=1,
            wait_for=pause,
            waited_so_far=0.0,
            caused_by=BrokerUnavailable(BROKER, "nobody answers"),
        )

    with caplog.at_level(logging.WARNING):
        log_retry(retry(0.4))
        log_retry(retry(1.64))
    assert caplog.messages == [f"Kafka broker {BROKER}: nobody answers (next try in 1.6 s)"]
