"""The relay in a real process, from the topic `alerts` over a real Alertmanager to a webhook, with crashes."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.domain.messages import DeadLetter, IncidentCleared, IncidentRaised, IncidentRecord
from services.kafka.broker import Broker
from services.kafka.codec import Codec, encode
from services.kafka.create_topics import create_topics
from services.kafka.topics import ALERTS, DEAD, INCIDENTS
from services.runtime.child import Child
from tests.factories import HOUR, TIME, cleared
from tests.harness.alert_chain import Receiver, quick_config, webhook_receiver
from tests.harness.alertmanagers import RealAlertmanager, alertmanager, why_no_alertmanager
from tests.harness.brokers import embedded_broker
from tests.harness.ports import free_port
from tests.harness.processes import kill
from tests.harness.relay_driver import company
from tests.harness.support import consume, produce, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_no_alertmanager()), reason=why_no_alertmanager())]

AAPL = company("AAPL")
WORSE = company("AAPL", revision=1, severity=4, time=TIME + HOUR)
MSFT = company("MSFT")
FIRING, RESOLVED = ("firing", "AAPL", "warning"), ("resolved", "AAPL", "warning")
MSFT_FIRING, MSFT_RESOLVED = ("firing", "MSFT", "warning"), ("resolved", "MSFT", "warning")
WORSE_FIRING, WORSE_RESOLVED = ("firing", "AAPL", "critical"), ("resolved", "AAPL", "critical")


class Relay:
    """`groundswell relay` as a process that can be killed and started again."""

    def __init__(self, broker: str, folder: Path, *alertmanagers: str) -> None:
        self.port = free_port()
        environment = {
            "GROUNDSWELL_BROKER": broker,
            "GROUNDSWELL_ALERTMANAGERS": ",".join(alertmanagers),
            "GROUNDSWELL_METRICS_PORT": str(self.port),
            "GROUNDSWELL_SESSION_TIMEOUT_SECONDS": "3",
        }
        self.child = Child("relay", [sys.executable, "-m", "services.cli", "relay"], folder, environment)

    def kill(self) -> None:
        """End it at once."""
        kill(self.child)

    def value(self, name: str, **labels: str) -> float | None:
        """One value of its metrics; None when it is not there."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == f"groundswell_{name}" and sample.labels == labels:
                    return sample.value
        return None

    def is_open(self, count: int) -> bool:
        """Whether so many incidents of negative opinion are open."""
        return self.value("incidents_open", channel="negative") == count


@contextmanager
def running(broker: str, folder: Path, *alertmanagers: str) -> Iterator[Relay]:
    relay = Relay(broker, folder, *alertmanagers)
    relay.child.start()
    try:
        yield relay
    finally:
        relay.child.ask_to_stop()
        relay.child.wait()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A fresh embedded broker with all topics."""
    with embedded_broker(tmp_path / "broker") as address:
        create_topics(Broker(address), replication=1)
        yield address


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as made:
        yield made


@pytest.fixture
def chain(tmp_path: Path, receiver: Receiver) -> Iterator[RealAlertmanager]:
    with alertmanager(tmp_path / "am", quick_config(receiver.url)) as made:
        yield made


def say(broker: str, *messages: IncidentRaised | IncidentCleared) -> None:
    produce(broker, ALERTS.name, [(f"{m.kind}:{m.entity}".encode(), encode(m)) for m in messages])


def until_received(receiver: Receiver, *expected: tuple[str, str, str], seconds: float = 60) -> None:
    """Wait until all these, and nothing else, were received."""
    wait_until(lambda: set(receiver.received) >= set(expected), seconds, f"{expected}")
    assert sorted(receiver.received) == sorted(expected)


def records(broker: str) -> dict[str, IncidentRecord]:
    found = [Codec(IncidentRecord).decode(record.value) for record in consume(broker, INCIDENTS.name, 0)]
    return {record.raised.id: record for record in found}


def test_raise_escalate_clear_and_a_brief_incident_arrive(
    broker: str, tmp_path: Path, chain: RealAlertmanager, receiver: Receiver
) -> None:
    with running(broker, tmp_path, chain.url) as relay:
        say(broker, AAPL)
        until_received(receiver, FIRING)
        (alert,) = receiver.alerts
        assert alert.labels == {
            "alertname": "OpinionSurge",
            "channel": "negative",
            "kind": "company",
            "entity": "AAPL",
            "severity": "warning",
            "watchlists": "all,risk",
            "quiet": "no",
            "company": "AAPL",
        }
        assert alert.annotations["incident"] == AAPL.id
        assert alert.annotations["summary"] == "AAPL: 8 negative texts in 4 hours, 0.7 expected"
        assert alert.starts_at == "2014-09-03T15:41:00Z"
        series = {"channel": "negative", "kind": "company", "entity": "AAPL"}
        wait_until(lambda: relay.value("incident_severity", **series) == 2, 30)
        say(broker, WORSE)
        until_received(receiver, FIRING, RESOLVED, WORSE_FIRING)
        produce(broker, ALERTS.name, [(b"x", b"\xff no alert")])
        say(broker, cleared(WORSE), MSFT, cleared(MSFT))
        until_received(receiver, FIRING, RESOLVED, WORSE_FIRING, MSFT_FIRING)
        until_received(
            receiver, FIRING, RESOLVED, WORSE_FIRING, WORSE_RESOLVED, MSFT_FIRING, MSFT_RESOLVED, seconds=120
        )
        wait_until(lambda: relay.value("incident_severity", **series) == 0, 30)
        assert relay.value("relay_delivers") == 1
        assert relay.value("texts_dead_total", stage="relay", reason="invalid_utf8") == 1
        assert (relay.value("relay_seconds_count") or 0) >= 2
    assert relay.child.poll() == 0
    record = records(broker)[AAPL.id]
    assert (record.raised, record.first_at, record.cleared) == (WORSE, TIME, cleared(WORSE))
    (letter,) = [Codec(DeadLetter).decode(record.value) for record in consume(broker, DEAD.name, 0)]
    assert (letter.stage, letter.reason, letter.payload) == ("relay", "invalid_utf8", b"\xff no alert")


def test_a_killed_relay_loses_nothing_and_repeats_nothing(
    broker: str, tmp_path: Path, chain: RealAlertmanager, receiver: Receiver
) -> None:
    with running(broker, tmp_path, chain.url) as relay:
        say(broker, AAPL)
        until_received(receiver, FIRING)
        relay.kill()
        say(broker, WORSE, MSFT)
        relay.child.start()
        expected = [FIRING, RESOLVED, WORSE_FIRING, MSFT_FIRING]
        until_received(receiver, *expected)
        for name in ("TSLA", "NVDA"):
            say(broker, company(name))
            relay.kill()
            relay.child.start()
            expected.append(("firing", name, "warning"))
            until_received(receiver, *expected)
        assert len(receiver.alerts) == len(receiver.received) == 6


def test_alertmanager_killed_in_the_middle_and_back(
    broker: str, tmp_path: Path, chain: RealAlertmanager, receiver: Receiver
) -> None:
    with running(broker, tmp_path, chain.url) as relay:
        say(broker, AAPL)
        until_received(receiver, FIRING)
        chain.kill()
        say(broker, MSFT, cleared(MSFT))
        wait_until(lambda: len(records(broker)) == 2, 60, "the record of what comes meanwhile")
        wait_until(lambda: (relay.value("relay_waiting_seconds") or 0) > 1, 60, "somebody waits")
        relay.kill()
        relay.child.start()
        wait_until(lambda: relay.is_open(1), 60, "the relay is back")
        chain.start()
        until_received(receiver, FIRING, MSFT_FIRING)
        until_received(receiver, FIRING, MSFT_FIRING, MSFT_RESOLVED, seconds=120)
        wait_until(lambda: relay.value("relay_waiting_seconds") == 0, 60, "nobody waits")
        assert {alert["labels"]["entity"] for alert in chain.firing()} == {"AAPL"}


def test_a_second_relay_stands_by_and_takes_over(
    broker: str, tmp_path: Path, chain: RealAlertmanager, receiver: Receiver
) -> None:
    with running(broker, tmp_path / "a", chain.url) as first, running(broker, tmp_path / "b", chain.url) as second:
        say(broker, AAPL)
        until_received(receiver, FIRING)
        wait_until(lambda: {first.is_open(1), second.is_open(1)} == {True, False}, 60, "one has it")
        active, standby = (first, second) if first.is_open(1) else (second, first)
        assert standby.value("relay_delivers") == 0
        active.kill()
        wait_until(lambda: standby.is_open(1), 60, "the other takes over")
        say(broker, WORSE)
        until_received(receiver, FIRING, RESOLVED, WORSE_FIRING)


def test_without_an_alertmanager_records_and_gauges_are_kept(broker: str, tmp_path: Path) -> None:
    with running(broker, tmp_path) as relay:
        say(broker, AAPL, MSFT, cleared(MSFT))
        wait_until(lambda: relay.is_open(1), 60, "the gauge")
        assert (relay.value("relay_delivers"), relay.value("relay_waiting_seconds")) == (0, 0)
    with running(broker, tmp_path) as relay:
        wait_until(lambda: relay.is_open(1), 60, "the gauge after a restart")
    assert {name: record.cleared is None for name, record in records(broker).items()} == {
        AAPL.id: True,
        MSFT.id: False,
    }
