"""Alerts as one record an incident."""

from __future__ import annotations

import msgspec

from services.common.alert_record import alert_record, merge_alerts
from services.common.messages import Evidence, SpikeRaised

RAISED = SpikeRaised(
    id="company:AAPL@2014-09-03T15:41:00Z",
    kind="company",
    entity="AAPL",
    name="AAPL",
    time=1_409_758_860_000,
    severity=1,
    score=0.75124,
    observed=5.1,
    expected=0.7,
    texts=11.4,
    window_minutes=240,
    provisional=False,
    revision=0,
    evidence=(Evidence(id="t1", text="Bad day", time=1_409_758_800_000, negative=0.9, source="s", url=None, reach=2),),
)


def test_a_record_has_iso_times_and_its_evidence() -> None:
    record = alert_record(RAISED)
    assert record["time"] == "2014-09-03T15:41:00Z"
    assert record["score"] == 0.7512
    assert record["evidence"] == [{"id": "t1", "text": "Bad day", "time": "2014-09-03T15:40:00Z"}]


def test_an_escalation_keeps_the_first_time_and_brings_the_rest() -> None:
    later = msgspec.structs.replace(RAISED, time=RAISED.time + 60_000, severity=3, revision=1)
    merged = merge_alerts([later, RAISED, RAISED, later])
    assert [(r["time"], r["severity"]) for r in merged] == [("2014-09-03T15:41:00Z", 3)]


def test_incidents_are_in_order_of_time() -> None:
    other = msgspec.structs.replace(RAISED, id="company:FB@x", time=RAISED.time - 1_000)
    assert [r["id"] for r in merge_alerts([RAISED, other])] == [other.id, RAISED.id]
