"""A replayed crisis through the whole chain, and how long each hop takes: `python -m tests.benchmarks.chain`.

Ingest, scoring, monitoring and relay on the embedded broker, with Prometheus and Alertmanager as they are installed,
the deployment's routes and rules, and a webhook receiver. The demo's stream is replayed at a budget of 2 alerts a day
for each 100 keys: enough alerts to measure, and no storm of them. Measured is the first alert of each company and
topic, since the next with the same labels waits until that one has fired for a minute. Times are those of the records
on the topics, of what Alertmanager says it has, and of the receiver. At this speed a minute of event time is over in
milliseconds; live, the minute of the text that crosses the line has to end first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import yaml

from services.domain.messages import Heartbeat, IncidentCleared, IncidentRaised, RawText
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.topics import ALERTS, COMMENTS_RAW, NEWS_RAW
from services.repository import DEMO_STREAM
from services.runtime.alertmanager import ALERTMANAGER
from services.runtime.demo.finish import all_past, read_replayed, read_watermarks
from services.runtime.installed_program import find_program
from services.runtime.prometheus import PROMETHEUS
from services.runtime.stack import Stack
from services.runtime.supervisor import Supervisor
from services.settings import load_settings
from tests.benchmarks.panels import print_table
from tests.harness.alertmanagers import configuration
from tests.harness.ingest_process import AUTHOR_KEY
from tests.harness.ports import free_port
from tests.harness.prometheus_api import Prometheus
from tests.harness.receivers import HttpReceivers, Received, taken
from tests.harness.support import consume, wait_until

LONGEST_SECONDS = 900.0
PANELS_AFTER = 10
"""So many incidents received, a few of them still open."""
BUDGET = """\
watchlists:
  - name: all
    label: {en: Everything, zh: 全部}
    companies: all
    topics: all
    alerts_per_100_keys: 2
"""
Seen = dict[str, float]
"""Incident -> seconds since 1970."""


def run(speed: float, folder: Path, panels: bool) -> None:
    """Replay once and print."""
    alertmanager, prometheus = find_program(ALERTMANAGER), find_program(PROMETHEUS)
    if alertmanager is None or prometheus is None:
        sys.exit("the chain needs Prometheus and Alertmanager (Debian: prometheus, prometheus-alertmanager)")
    received: Seen = {}

    def answer(request: Received) -> tuple[int, object]:
        for alert in request.body["alerts"]:
            received.setdefault(alert["annotations"].get("incident", ""), time.time())
        return taken(request)

    watchlists = folder / "watchlists.yaml"
    watchlists.write_text(BUDGET, encoding="utf-8")
    with HttpReceivers(answer).running() as receivers:
        secrets = dict.fromkeys(("alertmanager_webhook_url", "alertmanager_watchdog_url"), receivers.url)
        config = folder / "routes.yml"
        config.write_text(yaml.safe_dump(configuration("alertmanager.yml", alertmanager, folder, secrets)))
        stack = Stack(
            load_settings(),
            Broker(f"127.0.0.1:{free_port()}"),
            folder,
            {"GROUNDSWELL_WATCHLISTS": str(watchlists), "GROUNDSWELL_AUTHOR_KEY": AUTHOR_KEY},
        )
        stack.add_broker()
        stack.add_alertmanager(alertmanager, config)
        for worker in ("score", "monitor", "relay"):
            stack.add_worker(worker, worker)
        stack.add_prometheus(prometheus)
        stack.add_task("ingest", "ingest", "replay", str(DEMO_STREAM), "--speed", str(speed), "--shift-to-now")
        supervisor = Supervisor(stack.services, folder / "logs")
        print(f"replaying 42 days in {42 * 86_400 / speed:.0f} s", file=sys.stderr, flush=True)
        try:
            supervisor.start()
            _watch(stack, supervisor, received, panels)
        finally:
            supervisor.stop()


def _watch(stack: Stack, supervisor: Supervisor, received: Seen, panels: bool) -> None:
    prometheus = Prometheus(stack.pages["prometheus"])
    taken_at: Seen = {}

    def when(done: Callable[[], bool], what: str) -> None:
        """Look after the processes, and at what Alertmanager has, until `done`."""

        def looked_after() -> bool:
            supervisor.check()
            for alert in _get(f"{stack.pages['alertmanager']}/api/v2/alerts"):
                taken_at.setdefault(alert["annotations"].get("incident", ""), time.time())
            return done()

        wait_until(looked_after, LONGEST_SECONDS, what)

    if panels:
        when(lambda: len(received) > PANELS_AFTER, "some alerts")
        print_table(prometheus, {})
    when(lambda: supervisor.is_done("ingest"), "the replay's end")
    texts = read_replayed(supervisor.child("ingest").out).total
    sent = _sent(str(stack.broker))
    last = max(published for published, _ in sent.values())
    when(lambda: all_past(read_watermarks(stack.metrics_urls()["monitor"]), last), "the last minute closed")
    raised = _raised(str(stack.broker))
    when(lambda: raised.keys() <= received.keys(), "all alerts at the receiver")
    print(f"{texts} texts, alerts of {len(raised)} companies and topics, the first of each at the receiver")
    hops: tuple[list[float], ...] = ([], [], [], [])
    for incident, (at, alert) in raised.items():
        crossed = max(sent[one.id] for one in alert.evidence)[1]
        hops[0].append(at - crossed)
        hops[1].append(max(taken_at[incident] - at, 0.0))
        hops[2].append(max(received[incident] - taken_at[incident], 0.0))
        hops[3].append(received[incident] - crossed)
    names = ("text -> alerts", "alerts -> Alertmanager", "Alertmanager -> receiver", "text -> receiver")
    for name, seconds in zip(names, hops, strict=True):
        middle, high = _p50_p99(seconds)
        print(f"{name:<26} p50 {middle:6.2f} s   p99 {high:6.2f} s")
    seen = prometheus.values("count(max_over_time(groundswell_incident_severity[1h]) > 0)")
    print(f"Prometheus has seen {sum(seen):.0f} companies and topics with an open incident")


def _sent(broker: str) -> dict[str, tuple[int, float]]:
    """Text -> when it was published (ms of event time), and when it was put on its topic (s)."""
    codec = Codec(RawText, Heartbeat)
    raw = [record for topic in (NEWS_RAW, COMMENTS_RAW) for record in consume(broker, topic.name, 0)]
    return {
        message.event_id: (message.published_at, record.timestamp / 1000)
        for record in raw
        if isinstance(message := codec.decode(record.value), RawText)
    }


def _raised(broker: str) -> dict[str, tuple[float, IncidentRaised]]:
    """Incident -> when it was put on `alerts` (s), and its first message; the first incident of each key."""
    codec = Codec(IncidentRaised, IncidentCleared)
    found: dict[tuple[str, str], tuple[float, IncidentRaised]] = {}
    for record in consume(broker, ALERTS.name, 0):
        message = codec.decode(record.value)
        if isinstance(message, IncidentRaised) and message.evidence:
            found.setdefault((message.kind, message.entity), (record.timestamp / 1000, message))
    return {message.id: (at, message) for at, message in found.values()}


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def _p50_p99(seconds: Sequence[float]) -> tuple[float, float]:
    parts = quantiles(seconds, n=100, method="inclusive")
    return parts[49], parts[98]


def main() -> None:
    """Run at the speed of the command line."""
    parser = argparse.ArgumentParser(description="Measure each hop from a text to a receiver.")
    parser.add_argument("--speed", type=float, default=20_000.0, help="event seconds a second")
    parser.add_argument("--panels", action="store_true", help="also print the series that each dashboard panel finds")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(asked.speed, Path(folder), asked.panels)


if __name__ == "__main__":
    main()
