"""A severity is called the same wherever people meet it: in the terminal, in chat and mail, on dashboards, in rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.alerting.incidents.history import Happened
from services.alerting.notify.labels import labels_of
from services.alerting.receivers.chat_service import fitted
from services.alerting.receivers.robots import CHAT_SERVICES
from services.alerting.terminal.list import listing
from services.alerting.terminal.message_line import message_line
from services.alerting.terminal.show import detail
from services.domain.severity import SEVERITIES, Severity
from tests.factories import TIME, raised, record_of
from tests.harness.alertmanagers import AMTOOL, NOT_INSTALLED, rendered
from tests.harness.deployment import DASHBOARDS, DEPLOY, ROOT, rules
from tests.harness.notifications import alert, message
from tests.harness.terminal import lines_of

EACH = pytest.mark.parametrize("severity", SEVERITIES, ids=lambda severity: severity.name)


def test_the_table() -> None:
    assert [tuple(severity) for severity in SEVERITIES] == [
        (1, "info", "info", "提示"),
        (2, "warning", "warning", "警告"),
        (3, "high", "high", "高"),
        (4, "critical", "critical", "严重"),
    ]


@EACH
def test_terminal(severity: Severity) -> None:
    words = f"{severity.level} {severity.en} {severity.zh}"
    made = raised(severity=severity.level)
    step = Happened("raised", TIME, severity.level, 1.0, 0.1)
    assert lines_of(listing([record_of(made)], 0), 120)[3].split("company:")[0].strip(" ●") == words
    head, *rest = lines_of(detail(record_of(made), [step]), 120)
    (history,) = (line for line in rest if line.startswith("2014-09-03 15:41  raised"))
    assert head == f"● {words}  company:AAPL  negative 负面"
    assert history.split("  ")[:4] == ["2014-09-03 15:41", "raised 触发", words, "score 1.00"]
    assert lines_of(message_line("raised", made), 300)[0].split("  ")[2] == words


@EACH
def test_labels_have_the_name(severity: Severity) -> None:
    assert labels_of(record_of(raised(severity=severity.level)))["severity"] == severity.name


@EACH
@pytest.mark.parametrize("service", CHAT_SERVICES)
def test_chat_services(service: str, severity: Severity) -> None:
    payload = fitted(CHAT_SERVICES[service], message(alert(severity=severity.name)))
    found = re.findall(r"\[([A-Z]+) (\w+)\]", json.dumps(payload, ensure_ascii=False))
    assert set(found) == {(severity.en.upper(), severity.zh)}


@EACH
@pytest.mark.skipif(AMTOOL is None, reason=NOT_INSTALLED)
@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("groundswell.title", "text"),
        ("groundswell.text", "text"),
        ("groundswell.html", "html"),
        ("groundswell.slack.title", "text"),
        ("groundswell.telegram", "text"),
    ],
)
def test_mail_slack_and_telegram(template: str, kind: str, severity: Severity, tmp_path: Path) -> None:
    labels = {"alertname": "OpinionSurge", "severity": severity.name}
    found = rendered(template, tmp_path, {"labels": labels, "annotations": {"summary": "AAPL"}}, kind=kind)
    assert re.findall(r"\[([A-Z]+) (\w+)\] AAPL", found) == [(severity.en.upper(), severity.zh)]


def value_maps(node: Any) -> Iterator[dict[str, Any]]:
    """The words for values in a dashboard, wherever they stand."""
    if isinstance(node, dict):
        if node.get("type") == "value":
            yield {value: option["text"] for value, option in node["options"].items()}
        for child in node.values():
            yield from value_maps(child)
    if isinstance(node, list):
        for child in node:
            yield from value_maps(child)


def test_dashboards() -> None:
    expected = {str(one.level): f"{one.en} / {one.zh}" for one in SEVERITIES}
    found = [words for path in DASHBOARDS for words in value_maps(json.loads(path.read_text(encoding="utf-8")))]
    severities = [words for words in found if len(words) > 2]
    assert len(severities) == 9
    for words in severities:
        assert {value: text for value, text in words.items() if value != "0"} == expected


def test_prometheus_gives_the_names_to_the_levels() -> None:
    (given,) = (rule["labels"]["severity"] for _, rule in rules() if rule.get("alert") == "OpinionSurge")
    steps = dict(re.findall(r"if ge \$value (\d)\.0 \}\}(\w+)", given))
    least = re.findall(r"\{\{ else \}\}(\w+)", given)
    assert steps | {"1": least[0]} == {str(one.level): one.name for one in SEVERITIES}


def test_the_documents_have_the_words() -> None:
    listed = ", ".join(f"{one.level} {one.en} {one.zh}" for one in SEVERITIES)
    assert listed in " ".join((ROOT / "docs" / "alerts.md").read_text(encoding="utf-8").split())
    row = ", ".join(f"`{one.name}` {one.zh}" for one in SEVERITIES)
    assert f"| `severity` | {row} |" in (DEPLOY / "alertmanager" / "README.md").read_text(encoding="utf-8")
