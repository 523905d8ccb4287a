"""What people read of an alert."""

from __future__ import annotations

import shlex
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.alerting.notify.annotations import annotations_of, dashboard, group_annotations, show_command
from services.alerting.notify.group_summary import summarise_group
from services.alerting.notify.postable import PostableAlert, body_of
from services.domain.local_time import LocalTime
from services.domain.messages import Evidence
from tests.factories import BEST, ESCALATED, HOUR, TIME, raised, record_of
from tests.harness.relay_driver import companies

HOSTILE = (
    "</b><script>alert(1)</script> [x](http://evil.example) {{ .Status }}\r\nBcc: evil@example.org\n"
    "2. [99 % negative] \u202eforged\u202c *all* <!channel>"
)


def test_a_surge_in_both_languages() -> None:
    assert annotations_of(record_of(raised()), "http://grafana:3000/") == {
        "incident": "company:AAPL@2014-09-03T15:41:00Z",
        "name": "AAPL",
        "summary": "AAPL: 8 negative texts in 4 hours, 0.7 expected",
        "summary_zh": "AAPL：4 小时内 8 条负面文本，预期 0.7 条",
        "numbers": "observed 8.1, expected 0.7, all texts 11 in 4 hours; score (raises at) 1.25 (0.75); p = 0.0003",
        "numbers_zh": "4 小时内观测 8.1，预期 0.7，全部文本 11 条；得分（触发线）1.25 (0.75)；p = 0.0003",
        "time": "2014-09-03 15:41 UTC",
        "evidence": (
            "1. [98 % negative, seen 3 times, twitter] "
            "Apple's iCloud was hacked and the pictures are everywhere, sell now\n"
            "2. [91 % negative, seen once, 雪球] 苹果云端照片外泄，股价下跌"
        ),
        "command": "groundswell alerts show company:AAPL@2014-09-03T15:41:00Z",
        "link": "http://grafana:3000/d/groundswell-company?var-company=AAPL",
        "runbook": "deploy/runbook.md#opinionsurge",
    }


@pytest.mark.parametrize(
    ("changes", "summary", "numbers"),
    [
        (
            {"channel": "volume", "window_minutes": 60, "observed": 412.0, "expected": 30.25},
            "AAPL: 412 texts in 60 minutes, 30.2 expected",
            "observed 412.0, expected 30.2, all texts 11 in 60 minutes; score (raises at) 1.25 (0.75); p = 0.0003",
        ),
        (
            {"channel": "rule", "rule": "fraud_talk", "observed": 3.0, "texts": 3.0, "window_minutes": 90},
            "AAPL: rule fraud_talk, 3 texts within 90 minutes",
            "3 texts within 90 minutes",
        ),
        (
            {"channel": "market", "kind": "market", "entity": "topic", "observed": 7.0, "texts": 12.0,
             "window_minutes": 30, "threshold": 5.0},
            "Market-wide: 7 of 12 topics within 30 minutes",
            "7.0 of 12 within 30 minutes; more than 5.0 raise the alert; p = 0.0003",
        ),
    ],
)  # fmt: skip
def test_other_channels(changes: dict[str, Any], summary: str, numbers: str) -> None:
    found = annotations_of(record_of(raised(**changes)), "")
    assert (found["summary"], found["numbers"]) == (summary, numbers)
    assert found["summary_zh"]
    assert found["numbers_zh"]
    assert "link" not in found


def test_a_key_with_little_history_says_so() -> None:
    found = annotations_of(record_of(raised(provisional=True)), "")
    assert found["numbers"].endswith("; little history")
    assert found["numbers_zh"].endswith("；历史较短")


def hostile_evidence(text: str) -> tuple[Evidence, ...]:
    return tuple(msgspec.structs.replace(BEST, text=text, source=text, reach=10**30) for _ in range(10))


@pytest.mark.parametrize("text", [HOSTILE, HOSTILE * 50_000, "\u202e\x00\n" * 1_700_000])
def test_a_hostile_alert_stays_within_its_lines_and_bounds(text: str) -> None:
    made = raised(id=text, name=text, entity=text, rule=text, channel="rule", evidence=hostile_evidence(text))
    found = annotations_of(record_of(made), "http://grafana:3000")
    lines = found.pop("evidence").splitlines()
    assert [line[:3] for line in lines] == ["1. ", "2. ", "3. ", "4. ", "5. "]
    every = [*lines, *found.values()]
    assert all("\n" not in line and "\u202e" not in line and line.isprintable() for line in every)
    assert max(map(len, lines)) < 450
    assert sum(map(len, every)) < 6_000
    post = PostableAlert({"entity": "x"}, found, 0, 1, True, 0)
    assert len(body_of([post] * 100)) < 1_500_000


def test_texts_in_chinese_are_cut_by_signs() -> None:
    found = annotations_of(record_of(raised(evidence=hostile_evidence("跌" * 1_000))), "")
    first = found["evidence"].splitlines()[0]
    assert first == f"1. [98 % negative, seen 1e+15 times, {'跌' * 59}…] {'跌' * 279}…"


def test_the_command_is_safe_in_a_shell() -> None:
    incident = "pair:fraud|$(reboot)'; echo x@2014"
    assert shlex.split(show_command(incident)) == ["groundswell", "alerts", "show", incident]


@pytest.mark.parametrize(
    ("kind", "entity", "expected"),
    [
        ("topic", "a&b c", "http://g/d/groundswell-topic?var-topic=a%26b%20c"),
        ("pair", "fraud|AAPL", "http://g/d/groundswell-overview"),
    ],
)
def test_links(kind: str, entity: str, expected: str) -> None:
    assert dashboard(kind, entity, "http://g") == expected


def test_times_and_links_are_in_the_zone_of_the_reader() -> None:
    beijing = LocalTime(ZoneInfo("Asia/Shanghai"))
    found = annotations_of(record_of(raised(), ESCALATED), "http://g", beijing)
    assert found["time"] == "2014-09-04 00:11 UTC+08:00 (since 始于 2014-09-03 23:41)"
    assert found["incident"] == "company:AAPL@2014-09-03T15:41:00Z"
    assert found["link"] == "http://g/d/groundswell-company?var-company=AAPL&timezone=Asia%2FShanghai"
    assert dashboard("pair", "fraud|AAPL", "http://g", beijing).endswith("overview?timezone=Asia%2FShanghai")
    group = summarise_group("company", [record_of(raised()), record_of(raised(id="b", entity="B", time=TIME + HOUR))])
    found = group_annotations("storm:company@x", group, "", beijing)
    assert found["time"] == "2014-09-04 00:41 UTC+08:00 (since 始于 2014-09-03 23:41)"


def test_a_group_names_its_five_worst_and_shows_the_best_text_of_each() -> None:
    group = summarise_group("company", [record_of(each) for each in companies(37)], [])
    found = group_annotations("storm:company@x", group, "http://g")
    assert found["summary"] == "37 companies at once; the worst: C00036, C00035, C00034, C00033, C00032"
    assert found["summary_zh"] == "37 家公司同时告警；最严重：C00036、C00035、C00034、C00033、C00032"
    assert (found["numbers"], found["numbers_zh"]) == ("37 incidents, 37 open now", "共 37 起，目前 37 起未结束")
    assert (found["command"], found["link"]) == ("groundswell alerts list --open", "http://g/d/groundswell-overview")
    assert found["runbook"] == "deploy/runbook.md#opinionstorm"
    assert len(found["evidence"].splitlines()) == 5


def test_a_company_with_several_incidents_counts_once_in_a_group() -> None:
    by_rule = raised(id="company:AAPL@x/rule", channel="rule", rule="r")
    group = summarise_group("company", [record_of(raised()), record_of(by_rule)], [record_of(companies(1)[0])])
    assert (group.entities, group.incidents, group.open_now) == (2, 3, 2)


def test_a_company_is_called_by_its_name_and_its_ticker() -> None:
    said = annotations_of(record_of(raised(name="Apple 苹果")), "")
    assert said["name"] == "Apple 苹果 (AAPL)"
    assert said["summary"].startswith("Apple 苹果 (AAPL): 8 negative texts")
    assert said["summary_zh"].startswith("Apple 苹果 (AAPL)：4 小时内")
