"""Every PromQL expression of rules and dashboards on a real Prometheus that scrapes our own metrics."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import start_http_server

from services.observability.metrics import Metrics
from tests.benchmarks.panels import found
from tests.harness.deployment import (
    DEPLOY,
    EXAMPLES,
    RULES,
    Expression,
    dashboard_expressions,
    dashboards,
    read_yaml,
    rule_expressions,
    rules,
)
from tests.harness.plausible_metrics import COMPANIES, INCIDENT, PROCESSES, TOPICS, open_incident, process_metrics
from tests.harness.ports import free_port
from tests.harness.prometheus_api import Prometheus
from tests.harness.support import wait_until

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed (Debian: prometheus)"
)
RECORDED = [rule["record"] for _, rule in rules() if "record" in rule]


@dataclass(frozen=True, slots=True)
class Running(Prometheus):
    """A Prometheus and the metrics that it scrapes, by job."""

    metrics: dict[str, Metrics] = field(repr=False, kw_only=True)

    def firing(self) -> list[dict[str, Any]]:
        """The alerts that fire now."""
        return [alert for alert in self.get("alerts")["alerts"] if alert["state"] == "firing"]

    def surges(self) -> list[dict[str, Any]]:
        """The alerts OpinionSurge about `INCIDENT` that fire now."""
        channel, kind, entity = INCIDENT
        own = {"alertname": "OpinionSurge", "channel": channel, "kind": kind, "entity": entity}
        return [alert for alert in self.firing() if alert["labels"].items() >= own.items()]


def configuration(ports: dict[str, int]) -> dict[str, Any]:
    """deploy/prometheus/prometheus.yml with our processes at `ports` and a second between scrapes."""
    config: dict[str, Any] = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(path) for path in RULES]
    del config["alerting"]
    config["scrape_configs"] = [
        {
            "job_name": job["job_name"],
            "static_configs": [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}],
        }
        for job in config["scrape_configs"]
        if job["job_name"] in ports
    ]
    return config


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prometheus that has our rules and scrapes one process of each kind, with an incident open."""
    folder: Path = tmp_path_factory.mktemp("prometheus")
    metrics = {job: process_metrics(job) for job in PROCESSES}
    open_incident(metrics["relay"], severity=4)
    with ExitStack() as stack:
        ports = {}
        for job, of_process in metrics.items():
            server, _ = start_http_server(0, addr="127.0.0.1", registry=of_process.registry)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            ports[job] = server.server_port
        config = folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(configuration(ports)), encoding="utf-8")
        port = free_port()
        log = stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        url = f"http://127.0.0.1:{port}"

        def ready() -> bool:
            assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
            try:
                return httpx.get(f"{url}/-/ready", timeout=1).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(ready, 30, "Prometheus is ready")
        running = Running(url, metrics=metrics)
        wait_until(lambda: running.values(f"sum(up) == {len(PROCESSES)}"), 30, "all processes are scraped")
        yield running


@pytest.mark.parametrize("expression", [*rule_expressions(), *dashboard_expressions()], ids=lambda e: e.where)
def test_expression_is_accepted(prometheus: Running, expression: Expression) -> None:
    assert prometheus.get("query", query=expression.expr)["resultType"] in {"vector", "scalar"}


@pytest.mark.parametrize("expression", dashboard_expressions(), ids=lambda e: e.where)
def test_panel_shows_values(prometheus: Running, expression: Expression) -> None:
    values = wait_until(
        lambda: [value for value in prometheus.values(expression.expr) if not math.isnan(value)],
        30,
        expression.expr,
    )
    assert all(math.isfinite(value) for value in values)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_series_has_values(prometheus: Running, name: str) -> None:
    wait_until(lambda: [value for value in prometheus.values(name) if math.isfinite(value)], 30, name)


def test_variables_offer_what_there_is(prometheus: Running) -> None:
    queries = {name: query for board in dashboards() for name, query in board.variables.items()}
    offered = {name: prometheus.label_values(query) for name, query in queries.items()}
    assert offered == {"company": sorted(COMPANIES), "topic": sorted(TOPICS)}
    assert {name: prometheus.first_choice(query) for name, query in queries.items()} == {
        "company": "600519.SH",
        "topic": "earnings",
    }


def test_rules_are_evaluated_without_errors(prometheus: Running) -> None:
    def evaluated() -> list[dict[str, Any]]:
        groups = prometheus.get("rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        return found if all(rule["health"] != "unknown" for rule in found) else []

    found = wait_until(evaluated, 30, "all rules evaluated")
    assert len(found) == len(rule_expressions())
    assert {rule["name"]: rule["lastError"] for rule in found if rule["health"] != "ok"} == {}


def test_every_panel_is_in_the_table_of_series_found(prometheus: Running) -> None:
    def full() -> dict[tuple[str, str], tuple[int, ...]]:
        rows = {(row.dashboard, row.panel): row.series for row in found(prometheus, EXAMPLES)}
        return rows if all(all(series) for series in rows.values()) else {}

    rows = wait_until(full, 60, "every query finds a series")
    assert len(rows) == sum(len(board.panels) for board in dashboards())
    assert rows["overview", "Negative share by topic / 各主题负面占比"] == (len(TOPICS),)
    assert rows["company AAPL", "Severity over time / 严重程度变化"] == (1, 1)
    assert rows["topic earnings", "Incidents / 事件"] == (2,)


def test_surge_fires_escalates_and_clears_while_the_relay_does_not_deliver(prometheus: Running) -> None:
    relay = prometheus.metrics["relay"]

    open_incident(relay, severity=2)
    alert = wait_until(
        lambda: [a for a in prometheus.surges() if a["labels"]["severity"] == "warning"], 30, "a warning"
    )[0]
    assert set(alert["labels"]) == {"alertname", "channel", "kind", "entity", "severity"}
    assert alert["annotations"] == {
        "summary": "Negative opinion about company AAPL is surging (severity 2 of 4)",
        "summary_zh": "关于公司 AAPL 的负面舆情激增（严重程度 2，最高 4）",
        "command": "groundswell alerts list --open",
        "runbook": "deploy/runbook.md#opinionsurge",
    }

    open_incident(relay, severity=4)
    wait_until(lambda: [a["labels"]["severity"] for a in prometheus.surges()] == ["critical"], 30, "critical alone")

    open_incident(relay, severity=0)
    wait_until(lambda: prometheus.surges() == [], 30, "no surge")

    open_incident(relay, severity=4)
    wait_until(prometheus.surges, 30, "a surge again")
    relay.relay_delivers.set(1)
    wait_until(lambda: prometheus.surges() == [], 30, "silence, since the relay delivers")


def test_pipeline_alerts_stay_silent_while_all_is_well(prometheus: Running) -> None:
    wait_until(lambda: prometheus.values('ALERTS{alertname="Watchdog"}'), 30, "the watchdog")
    prometheus.metrics["relay"].relay_delivers.set(1)
    expected = {"Watchdog", "TextsDead"}
    wait_until(lambda: {one["labels"]["alertname"] for one in prometheus.firing()} == expected, 60, "silence")
