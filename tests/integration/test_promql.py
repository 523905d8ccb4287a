"""Every PromQL expression of rules and dashboards on a real Prometheus that scrapes our own metrics."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import start_http_server

from services.common.metrics import Metrics
from services.runtime.ports import free_port
from tests.deployment import DEPLOY, RULES, Expression, dashboard_expressions, read_yaml, rule_expressions
from tests.plausible_metrics import STAGES, SURGE, open_surge, stage_metrics
from tests.support import wait_until

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed (Debian: prometheus)"
)


@dataclass(frozen=True, slots=True)
class Running:
    """A Prometheus and the metrics that it scrapes, by stage."""

    url: str
    metrics: dict[str, Metrics]

    def get(self, path: str, **parameters: str) -> Any:
        """The `data` of an API answer that says success."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=10)
        body = answer.json()
        assert body["status"] == "success", body
        return body["data"]

    def values(self, expr: str) -> list[float]:
        """The values that an instant query finds now."""
        data = self.get("query", query=expr)
        samples = [data["result"]] if data["resultType"] == "scalar" else [row["value"] for row in data["result"]]
        return [float(value) for _, value in samples]

    def surges(self) -> list[dict[str, Any]]:
        """The alerts NegativeOpinionSurge that fire now."""
        return [
            alert
            for alert in self.get("alerts")["alerts"]
            if alert["labels"]["alertname"] == "NegativeOpinionSurge" and alert["state"] == "firing"
        ]


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
    """A Prometheus that has our rules and scrapes one process of each stage, with a surge open."""
    folder: Path = tmp_path_factory.mktemp("prometheus")
    metrics = {stage: stage_metrics(stage) for stage in STAGES}
    open_surge(metrics["monitoring"], severity=4)
    with ExitStack() as stack:
        ports = {}
        for stage, of_stage in metrics.items():
            server, _ = start_http_server(0, addr="127.0.0.1", registry=of_stage.registry)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            ports[stage] = server.server_port
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
        running = Running(url, metrics)
        wait_until(lambda: running.values("sum(up) == 3"), 30, "all three stages are scraped")
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


def test_rules_are_evaluated_without_errors(prometheus: Running) -> None:
    def evaluated() -> list[dict[str, Any]]:
        groups = prometheus.get("rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        return found if all(rule["health"] != "unknown" for rule in found) else []

    found = wait_until(evaluated, 30, "all rules evaluated")
    assert len(found) == len(rule_expressions())
    assert {rule["name"]: rule["lastError"] for rule in found if rule["health"] != "ok"} == {}


def test_surge_fires_escalates_and_clears(prometheus: Running) -> None:
    kind, entity = SURGE
    monitoring = prometheus.metrics["monitoring"]

    open_surge(monitoring, severity=2)
    alert = wait_until(
        lambda: [a for a in prometheus.surges() if a["labels"]["severity"] == "warning"], 30, "a warning"
    )[0]
    assert alert["labels"] == {
        "alertname": "NegativeOpinionSurge",
        "kind": kind,
        "entity": entity,
        "severity": "warning",
    }
    assert alert["annotations"]["summary"] == ("Negative opinion about company AAPL is surging (severity 2 of 4)")
    assert alert["annotations"]["summary_zh"] == "关于公司 AAPL 的负面舆情激增（严重程度 2，最高 4）"

    open_surge(monitoring, severity=4)
    wait_until(lambda: [a["labels"]["severity"] for a in prometheus.surges()] == ["critical"], 30, "critical alone")

    open_surge(monitoring, severity=0)
    wait_until(lambda: prometheus.surges() == [], 30, "no surge")
    open_surge(monitoring, severity=4)


def test_pipeline_alerts_stay_silent_while_all_is_well(prometheus: Running) -> None:
    wait_until(lambda: prometheus.values('ALERTS{alertname="Watchdog"}'), 30, "the watchdog")
    names = {alert["labels"]["alertname"] for alert in prometheus.get("alerts")["alerts"]}
    assert names <= {"Watchdog", "NegativeOpinionSurge", "TextsDead"}
