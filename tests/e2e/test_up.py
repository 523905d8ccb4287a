"""`groundswell up` with what is installed: from raw texts to a receiver, and nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
import yaml

from services.domain.messages import Heartbeat
from services.kafka.codec import encode
from services.kafka.topics import COMMENTS_RAW
from services.runtime.alertmanager import ALERTMANAGER
from services.runtime.installed_program import find_program
from services.runtime.prometheus import PROMETHEUS
from tests.factories import MINUTE
from tests.harness.alertmanagers import configuration
from tests.harness.processes import alive, descendants
from tests.harness.prometheus_api import Prometheus
from tests.harness.receivers import HttpReceivers
from tests.harness.streams import COMPANIES, raw_texts
from tests.harness.support import produce, wait_until
from tests.harness.tiny_bundle import NAME, tiny_bundle

pytestmark = pytest.mark.slow
GROUNDSWELL = [sys.executable, "-m", "services.cli"]
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("GROUNDSWELL_")}


def page(said: str, name: str) -> str:
    """The address that `up` prints for a program; empty before it does."""
    found = re.search(rf"{name} on (http://\S+)", said)
    return found[1] if found else ""


@pytest.mark.timeout(300)
def test_from_a_wave_of_texts_to_a_receiver(tmp_path: Path) -> None:
    alertmanager, prometheus = find_program(ALERTMANAGER), find_program(PROMETHEUS)
    if alertmanager is None or prometheus is None:
        pytest.skip("Prometheus or Alertmanager is not installed (Debian: prometheus, prometheus-alertmanager)")
    tiny_bundle(tmp_path / "models")
    environment = {
        **PLAIN,
        "GROUNDSWELL_MODELS": str(tmp_path / "models"),
        "GROUNDSWELL_MODEL": NAME,
        "GROUNDSWELL_STATE_DIR": str(tmp_path / "state"),
        "GROUNDSWELL_IDLE_SECONDS": "5",
        "COLUMNS": "200",
    }
    with HttpReceivers().running() as receivers:
        urls = dict.fromkeys(("alertmanager_webhook_url", "alertmanager_watchdog_url"), receivers.url)
        routes = tmp_path / "routes.yml"
        routes.write_text(yaml.safe_dump(configuration("alertmanager.yml", alertmanager, tmp_path, urls)))
        output = tmp_path / "up.out"
        with output.open("wb") as out:
            command = [*GROUNDSWELL, "up", "--alertmanager-config", str(routes), "--monitors", "2"]
            up = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until(lambda: "Ctrl-C stops" in output.read_text(), 120, "up is up")
            said = output.read_text()
            broker = re.search(r"broker +(\S+)", said)
            assert broker is not None
            children = descendants(up.pid)
            key = {"GROUNDSWELL_AUTHOR_KEY": "a key that the tests alone use"}
            ingest = subprocess.Popen(
                [*GROUNDSWELL, "ingest", "jsonl", "-", "--source", "desk"],
                env=environment | key,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            texts = raw_texts(COMPANIES[:1])
            records = [(b"test", encode(text)) for text in texts]
            records.append((b"test", encode(Heartbeat(source="test", time=texts[-1].published_at + MINUTE))))
            produce(broker[1], COMMENTS_RAW.name, records, partition=1)

            def notified() -> list[str]:
                alerts = [alert for request in receivers.received for alert in request.body["alerts"]]
                return [a["annotations"]["incident"] for a in alerts if a["labels"]["alertname"] == "OpinionSurge"]

            (incident,) = set(wait_until(notified, 120, "the surge at the receiver"))
            assert incident.startswith("company:ACME@2014-08-10T03:")
            wait_until(lambda: "company:ACME" in output.read_text(), 30, "the surge on our own terminal")
            assert f"told: as {routes} says" in said
            second = ended_at_once([], environment)
            assert f"another `groundswell up` runs in the state folder {tmp_path / 'state'} (pid {up.pid}" in second
            listed = subprocess.run(
                [*GROUNDSWELL, "alerts", "list", "--json"],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            assert [json.loads(line)["id"] for line in listed.stdout.splitlines()] == [incident]
            metrics = Prometheus(page(said, "prometheus"))
            wait_until(
                lambda: sorted(metrics.values("count by (job) (up == 1)")) == [1, 1, 1, 2], 60, "all processes are read"
            )
            assert metrics.values('up{job="ingest-run"}') == [1]
            ingest.communicate()
            assert ingest.returncode == 0
            assert list((tmp_path / "state" / "scrape").iterdir()) == []
            assert {"surges", "pipeline"} <= {group["name"] for group in metrics.get("rules")["groups"]}
            assert httpx.get(page(said, "alertmanager") + "/-/ready", timeout=10).status_code == 200
        finally:
            up.send_signal(signal.SIGTERM)
            status = up.wait(60)
    assert status == 0, output.read_text()
    assert "embedded broker and are gone" in output.read_text()
    assert [pid for pid in children if alive(pid)] == []


def ended_at_once(arguments: list[str], environment: Mapping[str, str]) -> str:
    """What an `up` says that cannot begin."""
    ran = subprocess.run([*GROUNDSWELL, "up", *arguments], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout
    assert ran.stdout == ""
    return ran.stderr


def test_routes_for_an_alertmanager_that_is_not_started_are_refused(tmp_path: Path) -> None:
    environment = {**PLAIN, "GROUNDSWELL_ALERTMANAGERS": "http://127.0.0.1:9", "GROUNDSWELL_STATE_DIR": str(tmp_path)}
    said = ended_at_once(["--alertmanager-config", str(tmp_path / "routes.yml")], environment)
    assert "--alertmanager-config: expected an Alertmanager to start, but GROUNDSWELL_ALERTMANAGERS names" in said


def test_what_cannot_work_is_said_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "lists.yaml").write_text("watchlists:\n  - name: risk\n    companys: [AAPL]\n")
    inside_a_file = {**PLAIN, "GROUNDSWELL_STATE_DIR": str(tmp_path / "file" / "var")}
    assert "file/var: expected one that can be written" in ended_at_once([], inside_a_file)
    bad_watchlists = {
        **PLAIN,
        "GROUNDSWELL_STATE_DIR": str(tmp_path),
        "GROUNDSWELL_WATCHLISTS": str(tmp_path / "lists.yaml"),
    }
    assert "lists.yaml" in ended_at_once([], bad_watchlists)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = ended_at_once(["--broker-port", port], {**PLAIN, "GROUNDSWELL_STATE_DIR": str(tmp_path)})
    assert f"broker cannot listen on 127.0.0.1:{port}: the port is taken" in said
    assert "--broker-port or GROUNDSWELL_UP_BROKER_PORT" in said


def test_an_alertmanager_that_ends_at_once_is_quoted(tmp_path: Path) -> None:
    if find_program(ALERTMANAGER) is None:
        pytest.skip("Alertmanager is not installed (Debian: prometheus-alertmanager)")
    routes = tmp_path / "routes.yml"
    routes.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody, pigeons: []}]\n")
    tiny_bundle(tmp_path / "models")
    environment = {**PLAIN, "GROUNDSWELL_MODELS": str(tmp_path / "models"), "GROUNDSWELL_MODEL": NAME}
    environment["GROUNDSWELL_STATE_DIR"] = str(tmp_path / "state")
    up = subprocess.run(
        [*GROUNDSWELL, "up", "--alertmanager-config", str(routes)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert up.returncode == 1
    assert "alertmanager ended at its start" in up.stderr
    assert "field pigeons not found" in up.stderr
