"""Alerts as JSON objects."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from services.alerting.incidents.history import History
from services.alerting.terminal.json_output import detail_json, listed_json, message_json
from services.domain.incident_json import incident_json
from services.domain.local_time import LocalTime
from services.text.json_text import json_text
from tests.factories import ESCALATED, cleared, raised, record_of

OVER = cleared(raised(), severity=4, score=4.0, p_value=1.23456e-7)


def test_an_incident_is_the_record_of_a_backtest_and_whether_it_is_open() -> None:
    found = listed_json(record_of(raised(), ESCALATED, OVER))
    extreme = raised(time=raised().time, severity=4, score=4.0, p_value=1.23456e-7, observed=31.5)
    assert found == incident_json(record_of(extreme)) | {"open": False, "cleared_at": "2014-09-03T19:41:00Z"}
    found = listed_json(record_of(raised()))
    assert found == incident_json(record_of(raised())) | {"open": True, "cleared_at": None}


def test_an_incident_in_full_has_whole_evidence_timeline_and_history() -> None:
    history = History()
    for message in (raised(), OVER):
        history.apply(message)
    found = detail_json(history.records[OVER.id], history.steps[OVER.id])
    assert found["timeline"] == [*[0.0] * 20, 0.9, 0.0, 1.8, 5.4]
    assert found["evidence"][0] == {
        "id": "t1",
        "text": "Apple's iCloud was hacked and the pictures are everywhere, sell now",
        "time": "2014-09-03T15:20:00Z",
        "negative": 0.9789,
        "source": "twitter",
        "url": "https://example.org/1",
        "reach": 3,
        "because": [
            {"text": "hacked", "start": 19, "end": 25, "effect": 0.4},
            {"text": "sell", "start": 59, "end": 63, "effect": 0.2},
        ],
    }
    assert found["history"] == [
        {"step": "raised", "time": "2014-09-03T15:41:00Z", "severity": 2, "score": 1.25, "p_value": 0.0003},
        {"step": "cleared", "time": "2014-09-03T19:41:00Z", "severity": 4, "score": 4.0, "p_value": 1.235e-7},
    ]
    assert json.loads(json.dumps(found)) == found


def test_a_message_says_which_step_it_is() -> None:
    assert message_json("escalated", ESCALATED) == {"step": "escalated"} | incident_json(record_of(ESCALATED))
    assert message_json("cleared", OVER) == {
        "step": "cleared",
        "id": "company:AAPL@2014-09-03T15:41:00Z",
        "channel": "negative",
        "kind": "company",
        "entity": "AAPL",
        "name": "AAPL",
        "time": "2014-09-03T19:41:00Z",
        "raised_at": "2014-09-03T15:41:00Z",
        "severity": 4,
        "score": 4.0,
        "p_value": 1.235e-7,
    }


def test_json_is_readable_and_cannot_act_on_a_terminal() -> None:
    made = {"text": '下跌 \x1b[2J \x9b31m \u202eevil\U000e0041 "quoted"\n'}
    line = json_text(made)
    assert line == r'{"text": "下跌 \u001b[2J \u009b31m \u202eevil\udb40\udc41 \"quoted\"\n"}'
    assert json.loads(line) == json.loads(json_text(made, indent=2)) == made


def test_times_have_the_offset_of_the_reader_s_zone() -> None:
    found = detail_json(record_of(raised()), [], LocalTime(ZoneInfo("Asia/Shanghai")))
    assert (found["time"], found["id"]) == ("2014-09-03T23:41:00+08:00", "company:AAPL@2014-09-03T15:41:00Z")
    assert found["evidence"][0]["time"] == "2014-09-03T23:20:00+08:00"
    assert message_json("cleared", OVER, LocalTime(ZoneInfo("Asia/Shanghai")))["raised_at"] == found["time"]
