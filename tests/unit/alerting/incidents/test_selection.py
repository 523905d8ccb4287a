"""Which incidents are asked for, in which order, and which one somebody means."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from services.alerting.incidents.find import find
from services.alerting.incidents.selection import Selection, in_order
from services.domain.errors import InvalidInput
from services.domain.since import parse_since
from tests.factories import HOUR, TIME, cleared, raised, record_of

OPEN = record_of(raised())
OVER = record_of(raised(), cleared(raised()))
TOPIC = record_of(raised(kind="topic", entity="earnings", severity=4, watchlists=("macro",)))


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), [OPEN, OVER, TOPIC]),
        (Selection(only_open=True), [OPEN, TOPIC]),
        (Selection(since=TIME + 4 * HOUR), [OPEN, OVER, TOPIC]),
        (Selection(since=TIME + 4 * HOUR + 1), [OPEN, TOPIC]),
        (Selection(kind="topic"), [TOPIC]),
        (Selection(severity=2), [OPEN, OVER, TOPIC]),
        (Selection(severity=3), [TOPIC]),
        (Selection(watchlist="risk"), [OPEN, OVER]),
        (Selection(watchlist="ris"), []),
    ],
)
def test_each_option_keeps_what_it_names(selection: Selection, wanted: list[object]) -> None:
    assert [record for record in (OPEN, OVER, TOPIC) if selection.wants(record)] == wanted


def test_open_ones_come_first_by_severity_then_the_last_cleared() -> None:
    late = raised(id="late")
    sooner, later = record_of(raised(), cleared(raised())), record_of(late, cleared(late, after=5 * HOUR))
    mild, rare = record_of(raised(severity=1)), record_of(raised(severity=1, p_value=1e-9))
    assert in_order([sooner, mild, later, TOPIC, rare]) == [TOPIC, rare, mild, later, sooner]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("24h", TIME - 24 * HOUR),
        ("30m", TIME - HOUR // 2),
        ("7d", TIME - 168 * HOUR),
        ("2014-09-03", TIME - 15 * HOUR - 41 * HOUR // 60),
        ("2014-09-03T23:41+08:00", TIME),
    ],
)
def test_since_is_a_time_ago_or_a_date(value: str, expected: int) -> None:
    assert parse_since(value, TIME) == expected


def test_a_date_since_is_one_of_the_reader_s_zone() -> None:
    beijing = ZoneInfo("Asia/Shanghai")
    assert parse_since("2014-09-03T23:41", TIME, beijing) == parse_since("2014-09-03T15:41Z", TIME, beijing) == TIME


@pytest.mark.parametrize("value", ["", "h", "24", "24 hours", "-3h", "yesterday"])
def test_any_other_since_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match=f"--since: expected a time such as 24h.*, got '{value}'"):
        parse_since(value, TIME)


FIRST = raised(id="company:AAPL@2014-09-01T10:00:00Z", time=TIME - 48 * HOUR)
LAST = raised(id="company:AAPL@2014-09-03T15:41:00Z")
RULE = raised(id="company:AAPL@2014-09-03T15:41:00Z/legal", channel="rule", rule="legal", time=TIME - HOUR)
LONGER = raised(id="company:AAPLX@2014-09-04T00:00:00Z", entity="AAPLX", time=TIME + 9 * HOUR)
RECORDS = {each.id: record_of(each) for each in (LAST, FIRST, RULE, LONGER)}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (FIRST.id, FIRST),
        (LAST.id, LAST),
        ("company:AAPL", LAST),
        ("company:AAPL@2014-09-01", FIRST),
        (LAST.id + "/l", RULE),
        ("company:AAPLX", LONGER),
    ],
)
def test_an_id_a_key_or_the_only_one_that_starts_so_is_found(wanted: str, found: object) -> None:
    assert find(RECORDS, wanted).raised == found


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("company:AAPL@2014-09", f"expected one, got 3: {RULE.id}, {LAST.id}, {FIRST.id}"),
        ("company:AAPL@2013", f"there is none; there is {RULE.id}, {LAST.id}, {FIRST.id}"),
        ("aapl", "there is none; near it: company:AAPL, company:AAPLX"),
        ("company:APPL", "there is none; near it: company:AAPL, company:AAPLX"),
        ("?", "there is none; `groundswell alerts list` names them"),
        ("", "there is none; near it: company:AAPL, company:AAPLX"),
    ],
)
def test_an_unknown_one_is_an_error_that_names_near_ones(wanted: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        find(RECORDS, wanted)
    assert str(refused.value) == f"incident {wanted!r}: {said}"


def test_many_near_ones_are_counted_and_what_others_named_cannot_act() -> None:
    many = {f"company:A\x1b@{n}": record_of(raised(id=f"company:A\x1b@{n}", entity="A\x1b")) for n in range(8)}
    with pytest.raises(InvalidInput, match=r"got 8: company:A\ufffd@7, .*@3 and 3 more$"):
        find(many, "company:A\x1b@")
    with pytest.raises(InvalidInput, match="no alert was ever raised"):
        find({}, "company:AAPL")
