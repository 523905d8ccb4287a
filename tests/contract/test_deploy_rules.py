"""Prometheus, Alertmanager and Grafana files: valid for the real tools, complete, and in step."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import DASHBOARDS, DEPLOY, RULE_TESTS, RULES, compose, read_yaml, rules

ALERTS = [rule for _, rule in rules() if "alert" in rule]
SEVERITIES = {"none", "info", "warning", "high", "critical"}


def run(command: str, *arguments: str | Path) -> str:
    """The output of a tool; skips the test where the tool is not installed."""
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed (Debian: prometheus and prometheus-alertmanager)")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_accepts_the_configuration_and_the_rules() -> None:
    run("promtool", "check", "config", DEPLOY / "prometheus" / "prometheus.yml")
    assert run("promtool", "check", "rules", *RULES).count("SUCCESS") == len(RULES)


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_promtool_rule_tests_pass(path: Path) -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", path)


def test_every_alert_is_seen_firing_in_a_rule_test() -> None:
    fired = set()
    for path in RULE_TESTS:
        for group in read_yaml(path)["tests"]:
            fired |= {case["alertname"] for case in group.get("alert_rule_test", []) if case.get("exp_alerts")}
    assert {alert["alert"] for alert in ALERTS} == fired


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_alert_is_told_in_two_languages_and_has_a_runbook(alert: dict[str, Any]) -> None:
    annotations = alert["annotations"]
    assert re.search(r"[\u4e00-\u9fff]", annotations["summary_zh"])
    assert not re.search(r"[\u4e00-\u9fff]", annotations["summary"])
    severity = alert["labels"]["severity"]
    assert set(re.findall(r"\}\}(\w+)\{\{", severity)) <= SEVERITIES if "{{" in severity else severity in SEVERITIES
    file, anchor = annotations["runbook"].split("#")
    headings = re.findall(r"^## (\w+)$", (DEPLOY.parent / file).read_text(encoding="utf-8"), flags=re.M)
    assert anchor == alert["alert"].lower()
    assert alert["alert"] in headings


def plain_alertmanager(tmp_path: Path) -> Path:
    """alertmanager.yml for amtool older than 0.26, which knows no `url_file` in a webhook."""
    text = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    path = tmp_path / "alertmanager.yml"
    path.write_text(re.sub(r"url_file: \S+", "url: http://127.0.0.1:9/", text), encoding="utf-8")
    return path


def test_amtool_accepts_the_configuration(tmp_path: Path) -> None:
    assert "SUCCESS" in run("amtool", "check-config", plain_alertmanager(tmp_path))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=NegativeOpinionSurge", "kind=company", "entity=AAPL"], "surges"),
        (["alertname=Watchdog"], "watchdog"),
        (["alertname=StageAbsent", "stage=scoring"], "operators"),
    ],
)
def test_alert_is_routed(tmp_path: Path, labels: list[str], receiver: str) -> None:
    config = plain_alertmanager(tmp_path)
    assert run("amtool", "config", "routes", "test", f"--config.file={config}", *labels).strip() == receiver


def test_a_surge_waits_for_no_group() -> None:
    routes = read_yaml(DEPLOY / "alertmanager" / "alertmanager.yml")["route"]["routes"]
    surge = next(route for route in routes if route["receiver"] == "surges")
    assert surge["group_wait"] == "0s"
    assert surge["group_by"] == ["alertname", "kind", "entity"]


def test_receivers_read_their_addresses_from_secrets_of_the_compose_file() -> None:
    config = read_yaml(DEPLOY / "alertmanager" / "alertmanager.yml")
    files = {hook["url_file"] for receiver in config["receivers"] for hook in receiver["webhook_configs"]}
    assert files == {f"/run/secrets/{name}" for name in compose()["services"]["alertmanager"]["secrets"]}


def test_prometheus_finds_every_process_at_its_metrics_port() -> None:
    jobs = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")["scrape_configs"]
    found = {
        name: str(discovery["port"])
        for job in jobs
        for discovery in job.get("dns_sd_configs", [])
        for name in discovery["names"]
    }
    services = compose()["services"]
    ports = {
        name: service["environment"]["GROUNDSWELL_METRICS_PORT"]
        for name, service in services.items()
        if "GROUNDSWELL_METRICS_PORT" in service.get("environment", {})
    }
    assert found == ports
    assert all("metrics" in services[name]["networks"] for name in [*found, "prometheus"])


def test_dashboards_are_what_the_script_builds() -> None:
    done = subprocess.run(
        [sys.executable, DEPLOY / "grafana" / "build.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_is_complete(path: Path) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    source = read_yaml(DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yml")["datasources"][0]
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        assert panel["datasource"] == {"type": source["type"], "uid": source["uid"]}
        assert re.fullmatch(r"[^\u4e00-\u9fff]+ / .*[\u4e00-\u9fff].*", panel["title"]), panel["title"]
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, f"{panel['title']} lies on another panel"
        taken |= cells
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_grafana_reads_the_folder_that_compose_mounts() -> None:
    provider = read_yaml(DEPLOY / "grafana" / "provisioning" / "dashboards" / "groundswell.yml")["providers"][0]
    mounts = [volume.split(":")[:2] for volume in compose()["services"]["grafana"]["volumes"]]
    assert ["./deploy/grafana/dashboards", provider["options"]["path"]] in mounts
