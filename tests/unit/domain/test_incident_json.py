"""Incidents as JSON objects."""

from __future__ import annotations

from typing import Any

import msgspec

from services.domain.incident import reduce_incidents
from services.domain.incident_json import incident_json
from services.domain.messages import Evidence, IncidentCleared, IncidentRaised

RAISED = IncidentRaised(
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


def objects(*messages: IncidentRaised | IncidentCleared) -> list[dict[str, Any]]:
    """The JSON objects of all incidents."""
    return [incident_json(record) for record in reduce_incidents(messages)]


def test_a_record_has_iso_times_and_its_evidence() -> None:
    (record,) = objects(RAISED)
    assert record["time"] == "2014-09-03T15:41:00Z"
    assert record["score"] == 0.7512
    assert record["evidence"] == [{"id": "t1", "text": "Bad day", "time": "2014-09-03T15:40:00Z"}]


def test_a_record_says_how_rare_the_score_is_and_whom_it_concerns() -> None:
    raised = msgspec.structs.replace(
        RAISED, p_value=0.00123456, threshold=0.712345, watchlists=("all", "own"), quiet=True
    )
    (record,) = objects(raised)
    assert (record["p_value"], record["raise_at"]) == (0.001235, 0.7123)
    assert (record["watchlists"], record["quiet"]) == (["all", "own"], True)
    (plain,) = objects(RAISED)
    assert (plain["channel"], plain["rule"], plain["watchlists"], plain["quiet"]) == ("negative", None, [], False)


def test_messages_from_before_are_still_read() -> None:
    old = msgspec.to_builtins(RAISED)
    for name in ("p_value", "raise_at", "watchlists", "quiet", "channel", "rule"):
        del old[name]
    assert msgspec.convert(old, IncidentRaised) == RAISED


def test_score_and_p_value_are_the_most_extreme_of_the_incident() -> None:
    raised = msgspec.structs.replace(RAISED, score=1.5, p_value=0.004)
    escalated = msgspec.structs.replace(raised, severity=2, revision=1, score=1.2, p_value=0.006)
    cleared = IncidentCleared(
        id=RAISED.id,
        kind="company",
        entity="AAPL",
        name="AAPL",
        time=RAISED.time + 3_600_000,
        raised_at=RAISED.time,
        severity=2,
        score=2.5,
        p_value=0.0003,
    )
    (open_yet,) = objects(escalated, raised)
    assert (open_yet["severity"], open_yet["score"], open_yet["p_value"]) == (2, 1.5, 0.004)
    (over,) = objects(cleared, escalated, raised)
    assert (over["severity"], over["score"], over["p_value"]) == (2, 2.5, 0.0003)


def test_an_escalation_keeps_the_first_time_and_brings_the_rest() -> None:
    later = msgspec.structs.replace(RAISED, time=RAISED.time + 60_000, severity=3, revision=1)
    merged = objects(later, RAISED, RAISED, later)
    assert [(r["time"], r["severity"]) for r in merged] == [("2014-09-03T15:41:00Z", 3)]


def test_incidents_are_in_order_of_time() -> None:
    other = msgspec.structs.replace(RAISED, id="company:FB@x", time=RAISED.time - 1_000)
    assert [r["id"] for r in objects(RAISED, other)] == [other.id, RAISED.id]
