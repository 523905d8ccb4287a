"""What a message says, and how it shrinks."""

from __future__ import annotations

from services.alerting.receivers.digest import items_note, shorter, texts_note, without_texts
from tests.harness.notifications import INCIDENT, LINK, alert, message


def test_an_alert_is_an_item() -> None:
    found = message()
    (item,) = found.items
    assert (found.resolved, found.severity, found.items_left_out) == (False, "critical", 0)
    assert (item.state, item.incident, item.link) == ("CRITICAL 严重", INCIDENT, LINK)
    assert item.heading == "Negative opinion about Apple (AAPL) is surging"
    assert [line[:6] for line in item.lines] == ["关于 App", "41 wei", "60 分钟内"]
    assert [text[:2] for text in item.texts] == ["1.", "2.", "3.", "4.", "5."]
    assert item.command == f"groundswell alerts show {INCIDENT}"


def test_the_event_s_time_is_a_line() -> None:
    (item,) = message(alert(time="2014-09-03 23:41 UTC+08:00")).items
    assert item.lines[-1] == "Time 时间: 2014-09-03 23:41 UTC+08:00"


def test_an_operational_alert_has_name_and_runbook_alone() -> None:
    found = message(
        {
            "status": "firing",
            "labels": {"alertname": "StageAbsent", "severity": "page"},
            "annotations": {"runbook": "deploy/runbook.md#stageabsent"},
        }
    )
    (item,) = found.items
    assert (item.state, item.heading, item.lines, item.texts) == ("ALERT 告警", "StageAbsent", (), ())
    assert item.command == "deploy/runbook.md#stageabsent"


def test_an_escalation_does_not_show_the_end_of_the_lower_severity() -> None:
    found = message(alert("resolved", "warning"), alert("firing", "critical"))
    assert [item.state for item in found.items] == ["CRITICAL 严重"]


def test_the_worst_comes_first() -> None:
    found = message(*(alert(severity=s, incident=s) for s in ("info", "critical", "warning", "high")))
    assert [item.incident for item in found.items] == ["critical", "high", "warning", "info"]
    assert found.severity == "critical"


def test_the_end_of_an_incident_is_told_once() -> None:
    ends = [alert("resolved", "warning"), alert("resolved", "critical"), alert("resolved", "info", incident="other")]
    found = message(*ends, status="resolved")
    assert found.resolved
    assert [(item.state, item.incident) for item in found.items] == [
        ("OVER 已结束", INCIDENT),
        ("OVER 已结束", "other"),
    ]


def test_alerts_without_incident_are_all_shown() -> None:
    found = message(*(alert(incident="", summary=f"s{i}") for i in range(3)))
    assert [item.heading for item in found.items] == ["s0", "s1", "s2"]


def test_too_many_alerts_and_texts_are_counted() -> None:
    found = message(*(alert(incident=f"i{i}") for i in range(12)), truncatedAlerts=5)
    assert (len(found.items), found.items_left_out) == (10, 7)
    assert items_note(found) == "… 7 more alerts left out / 另有 7 条告警未显示"
    (item,) = message(alert(evidence="\n".join(f"{i}" for i in range(14)))).items
    assert (len(item.texts), item.texts_left_out) == (10, 4)


def test_it_shrinks_by_texts_then_by_alerts() -> None:
    step = message(alert(incident="a", evidence="1\n2"), alert(incident="b", evidence="1"))
    seen = []
    while (less := shorter(step)) is not None:
        step = less
        seen.append(([len(item.texts) for item in step.items], step.items_left_out))
    assert seen == [([2, 0], 0), ([1, 0], 0), ([0, 0], 0), ([0], 1)]
    assert texts_note(step.items[0]) == "… 2 more texts left out / 另有 2 条文本未显示"


def test_without_texts() -> None:
    (item,) = without_texts(message()).items
    assert (item.texts, item.texts_left_out) == ((), 5)
    assert texts_note(message().items[0]) == ""
