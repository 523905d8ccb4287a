"""Alertmanager's files: valid for the real amtool, complete, and routed as they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness.alertmanagers import AMTOOL, NOT_INSTALLED, SECRETS, configuration, routes_of, run_amtool
from tests.harness.deployment import DEPLOY, compose, read_yaml

FOLDER = DEPLOY / "alertmanager"
FILES = ("alertmanager.yml", "teams.example.yml")
EACH = pytest.mark.parametrize("name", FILES)
NEEDS_AMTOOL = pytest.mark.skipif(AMTOOL is None, reason=NOT_INSTALLED)
SURGE = ["alertname=OpinionSurge", "channel=negative", "kind=company", "entity=AAPL", "quiet=no"]


def secret_files(name: str) -> set[str]:
    """The secrets that a file reads."""
    return set(re.findall(rf"_file: {SECRETS}(\w+)", (FOLDER / name).read_text(encoding="utf-8")))


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Path]:
    """Both files as the installed amtool understands them."""
    assert AMTOOL is not None
    found = {}
    for name in FILES:
        secrets = dict.fromkeys(secret_files(name), "http://127.0.0.1:9/")
        found[name] = tmp_path / name
        found[name].write_text(yaml.safe_dump(configuration(name, AMTOOL, tmp_path, secrets)), encoding="utf-8")
    return found


@NEEDS_AMTOOL
@EACH
def test_amtool_accepts_the_file_and_its_templates(written: dict[str, Path], name: str) -> None:
    said = run_amtool("check-config", str(written[name]))
    assert "SUCCESS" in said
    assert "1 templates" in said


@NEEDS_AMTOOL
@pytest.mark.parametrize(
    ("name", "labels", "receivers"),
    [
        ("alertmanager.yml", SURGE, ["surges"]),
        ("alertmanager.yml", ["alertname=OpinionSurge", "kind=company", "entity=AAPL"], ["surges"]),
        ("alertmanager.yml", ["alertname=OpinionStorm", "channel=storm", "kind=company"], ["surges"]),
        ("alertmanager.yml", [*SURGE[:-1], "quiet=yes", "severity=critical"], ["nobody"]),
        ("alertmanager.yml", ["alertname=Watchdog"], ["watchdog"]),
        ("alertmanager.yml", ["alertname=StageAbsent", "stage=scoring"], ["operators"]),
        ("teams.example.yml", [*SURGE, "severity=warning", "watchlists=all"], ["everyone"]),
        ("teams.example.yml", [*SURGE, "severity=warning", "watchlists=risk"], ["risk", "everyone"]),
        ("teams.example.yml", [*SURGE, "severity=warning", 'watchlists="all,risk,us"'], ["risk", "everyone"]),
        ("teams.example.yml", [*SURGE, "severity=warning", 'watchlists="all,riskier"'], ["everyone"]),
        ("teams.example.yml", [*SURGE, "severity=critical", "watchlists=a"], ["on-call", "everyone"]),
        ("teams.example.yml", ["alertname=OpinionSurge", "topic=fraud", "kind=pair"], ["compliance", "everyone"]),
        (
            "teams.example.yml",
            ["alertname=OpinionSurge", "topic=legal", "watchlists=risk", "severity=critical"],
            ["on-call", "risk", "compliance", "everyone"],
        ),
        ("teams.example.yml", [*SURGE[:-1], "quiet=yes", "severity=critical", "watchlists=risk"], ["nobody"]),
        ("teams.example.yml", ["alertname=OpinionStorm", "severity=critical"], ["on-call", "everyone"]),
        (
            "teams.example.yml",
            ["alertname=OpinionStorm", "channel=storm", "kind=company", "severity=critical"],
            ["on-call", "risk", "everyone"],
        ),
        (
            "teams.example.yml",
            ["alertname=OpinionSurge", "channel=market", "kind=market", "severity=high", "watchlists="],
            ["risk", "everyone"],
        ),
        ("teams.example.yml", ["alertname=Watchdog"], ["watchdog"]),
        ("teams.example.yml", ["alertname=StageAbsent", "stage=scoring"], ["operators"]),
    ],
)
def test_alert_is_routed(written: dict[str, Path], name: str, labels: list[str], receivers: list[str]) -> None:
    assert routes_of(written[name], labels) == receivers


@NEEDS_AMTOOL
def test_the_readme_shows_what_amtool_says(written: dict[str, Path]) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^amtool config routes test --config.file=(\S+) (.*)\n(.*)$", readme, flags=re.M)
    assert found is not None
    assert routes_of(written[found[1]], shlex.split(found[2])) == found[3].split(",")


def test_the_readme_names_every_secret_and_file() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    secrets = {path.stem for path in (DEPLOY / "secrets").glob("*.example")}
    adapter = {name for name in secrets if name.startswith("groundswell_") and name.endswith(("_url", "_secret"))}
    adapter.add("groundswell_adapter_token")
    assert adapter == set(compose()["services"]["adapter"]["secrets"])
    for name in adapter | set().union(*map(secret_files, FILES)) - {"alertmanager_watchdog_url"}:
        assert f"`{name}`" in readme
    for path in FOLDER.rglob("*"):
        if path.is_file() and path.name != "README.md":
            assert f"`{path.relative_to(FOLDER)}`" in readme


@EACH
def test_a_surge_waits_for_no_group_and_its_end_is_told_within_a_minute(name: str) -> None:
    routes = read_yaml(FOLDER / name)["route"]["routes"]
    surge = next(route for route in routes if route["matchers"] == ['alertname =~ "OpinionSurge|OpinionStorm"'])
    assert surge["group_by"] == ["alertname", "channel", "kind", "entity"]
    assert (surge["group_wait"], surge["group_interval"], surge["repeat_interval"]) == ("0s", "30s", "4h")


def test_both_files_inhibit_the_same() -> None:
    first, second = (read_yaml(FOLDER / name)["inhibit_rules"] for name in FILES)
    assert first == second


@EACH
def test_secrets_are_mounted_and_nothing_secret_stands_in_the_file(name: str) -> None:
    assert secret_files(name) <= set(compose()["services"]["alertmanager"]["secrets"])
    for key in re.findall(
        r"^\s*-?\s*(\w*(?:token|password|api_url|secret)\w*):", (FOLDER / name).read_text(), flags=re.M
    ):
        assert key.endswith("_file"), key


def test_every_secret_of_alertmanager_is_used() -> None:
    assert set().union(*map(secret_files, FILES)) == set(compose()["services"]["alertmanager"]["secrets"])


def test_the_adapter_is_asked_at_its_port() -> None:
    command = compose()["services"]["adapter"]["command"]
    port = command[command.index("--port") + 1]
    hooks = [
        hook["url"]
        for receiver in read_yaml(FOLDER / "teams.example.yml")["receivers"]
        for hook in receiver.get("webhook_configs", [])
        if "url" in hook
    ]
    assert hooks == [f"http://adapter:{port}/{name}" for name in ("wecom", "feishu", "dingtalk")]


def test_the_adapter_is_sent_its_token() -> None:
    for receiver in read_yaml(FOLDER / "teams.example.yml")["receivers"]:
        for hook in receiver.get("webhook_configs", []):
            if "adapter" in hook.get("url", ""):
                file = f"{SECRETS}groundswell_adapter_token"
                assert hook["http_config"] == {"authorization": {"credentials_file": file}}


def test_every_template_that_is_used_exists() -> None:
    templates = (FOLDER / "templates" / "groundswell.tmpl").read_text(encoding="utf-8")
    defined = set(re.findall(r'{{ define "([\w.]+)"', templates))
    used = set(
        re.findall(r'template "(groundswell[\w.]+)"', templates + (FOLDER / FILES[1]).read_text(encoding="utf-8"))
    )
    assert used == defined


def test_every_receiver_with_people_behind_it_tells_of_the_end() -> None:
    receivers: list[dict[str, Any]] = read_yaml(FOLDER / "teams.example.yml")["receivers"]
    for receiver in receivers:
        for kind in ("slack_configs", "email_configs"):
            assert all(config["send_resolved"] for config in receiver.get(kind, [])), receiver["name"]
