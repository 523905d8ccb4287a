"""Prometheus and Grafana files: valid for the real tools, complete, and in step."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.alerting.notify.annotations import dashboard as dashboard_link
from services.alerting.notify.labels import SURGE_GROUP
from services.domain.severity import SEVERITY_BY_NAME
from tests.harness.deployment import DASHBOARDS, DEPLOY, RULE_TESTS, RULES, compose, dashboards, read_yaml, rules

ALERTS = [rule for _, rule in rules() if "alert" in rule]
SEVERITY_LABELS = {"none", *SEVERITY_BY_NAME}


def run(command: str, *arguments: str | Path) -> str:
    """The output of a tool; skips the test where the tool is not installed."""
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed (Debian: prometheus)")
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
    given = set(re.findall(r"\}\}(\w+)\{\{", severity)) if "{{" in severity else {severity}
    assert given <= SEVERITY_LABELS
    assert annotations["runbook"] == f"deploy/runbook.md#{alert['alert'].lower()}"


def test_runbook_has_a_section_for_every_alert_and_each_says_what_to_do() -> None:
    sections = re.split(r"^## ", (DEPLOY / "runbook.md").read_text(encoding="utf-8"), flags=re.M)[1:]
    titles = [section.partition("\n")[0] for section in sections]
    assert sorted(titles) == sorted([*(alert["alert"] for alert in ALERTS), SURGE_GROUP])
    for section in sections:
        assert re.findall(r"^\*\*(Means|Check|Do):\*\*", section, flags=re.M) == ["Means", "Check", "Do"]


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


def check_dashboards(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `build.py --check` says of the dashboards in `folder`."""
    command = [sys.executable, str(folder / "build.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_dashboards_are_what_the_script_builds() -> None:
    done = check_dashboards(DEPLOY / "grafana")
    assert done.returncode == 0, done.stderr


def test_a_dashboard_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY / "grafana", tmp_path / "grafana")
    changed = tmp_path / "grafana" / "dashboards" / "topic.json"
    changed.write_text(changed.read_text(encoding="utf-8").replace("now-3h", "now-6h"), encoding="utf-8")
    done = check_dashboards(tmp_path / "grafana")
    assert done.returncode == 1
    assert done.stderr == "topic.json is not current: run python deploy/grafana/build.py\n"


def test_there_is_a_dashboard_for_each_page() -> None:
    assert {path.stem for path in DASHBOARDS} == {"overview", "company", "topic", "pipeline", "models"}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_is_complete(path: Path) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    source = read_yaml(DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yml")["datasources"][0]
    datasource = {"type": source["type"], "uid": source["uid"]}
    assert dashboard["uid"] == f"groundswell-{path.stem}"
    assert all(variable["datasource"] == datasource for variable in dashboard["templating"]["list"])
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        assert panel["datasource"] == datasource
        assert [target["refId"] for target in panel["targets"]] == list("ABCDEFGH"[: len(panel["targets"])])
        assert all(target["datasource"] == datasource for target in panel["targets"])
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
    for name in ("id", "title"):
        values = [panel[name] for panel in dashboard["panels"]]
        assert len(set(values)) == len(values)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_shows_incidents_on_its_graphs(path: Path) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    (annotation,) = dashboard["annotations"]["list"]
    assert re.fullmatch(
        r"max by \(channel, kind, entity\) \(groundswell_incident_severity(\{.*\})?\) > 0", annotation["target"]["expr"]
    )
    assert annotation["tagKeys"] == "kind,entity,channel"
    assert annotation["enable"]


@pytest.mark.parametrize(
    ("kind", "entity", "page", "chosen"),
    [
        ("company", "600519.SH", "company", {"company": ["600519.SH"]}),
        ("topic", "earnings", "topic", {"topic": ["earnings"]}),
        ("pair", "earnings|AAPL", "overview", {}),
        ("market", "company", "overview", {}),
    ],
)
def test_link_of_an_alert_leads_to_a_dashboard(kind: str, entity: str, page: str, chosen: dict[str, list[str]]) -> None:
    link = urlsplit(dashboard_link(kind, entity, "http://grafana:3000"))
    assert link.path == f"/d/groundswell-{page}"
    asked = {name.removeprefix("var-"): values for name, values in parse_qs(link.query).items()}
    assert asked == chosen
    board = next(one for one in dashboards() if one.name == page)
    assert set(asked) == set(board.variables)


def test_grafana_reads_the_folder_that_compose_mounts() -> None:
    provider = read_yaml(DEPLOY / "grafana" / "provisioning" / "dashboards" / "groundswell.yml")["providers"][0]
    mounts = [volume.split(":")[:2] for volume in compose()["services"]["grafana"]["volumes"]]
    assert ["./deploy/grafana/dashboards", provider["options"]["path"]] in mounts
