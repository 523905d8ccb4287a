"""The decision curve from hand-made incidents."""

from __future__ import annotations

import math

import pytest

from services.backtest.budget import Setting, around, asked_per_100_key_days, for_everything
from services.backtest.curve import point
from services.backtest.events import Event
from services.backtest.incidents import by_rarity
from services.backtest.reference import DetectionWindow, reference_of_events, reference_of_incidents
from services.domain.incident import is_open, key_of, reduce_incidents
from services.domain.key import MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised
from services.watchlists.model import DEFAULT_ALERTS_PER_100_KEYS as DEFAULT
from services.watchlists.model import Watchlists
from tests.factories import DAY, HOUR, MINUTE, START, cleared, watchlist
from tests.harness.backtests import EVERYTHING, raised_at, result


def event(company: str, start: int, end: int, label: str = "negative") -> Event:
    return Event(MonitoredKey.of_company(company), start, end, label)


def test_messages_about_one_incident_are_one_record() -> None:
    first = raised_at(START, p_value=0.01)
    worse = raised_at(START + HOUR, first=START, severity=3, p_value=0.004)
    end = cleared(first, time=START + 3 * HOUR, p_value=0.001)
    (record,) = reduce_incidents([first, worse, end])
    assert (key_of(record.raised), record.first_at, record.cleared) == (MonitoredKey.of_company("ACME"), START, end)
    assert (record.raised.severity, record.p_value) == (3, 0.001)


def test_an_incident_that_opens_again_is_open() -> None:
    first = raised_at(START)
    (record,) = reduce_incidents([first, cleared(first, time=START + HOUR), raised_at(START + 2 * HOUR, first=START)])
    assert is_open(record)


def test_the_least_likely_incidents_come_first() -> None:
    records = reduce_incidents([raised_at(START, p_value=0.02), raised_at(START + HOUR, p_value=1e-5)])
    assert [record.p_value for record in by_rarity(records)] == [1e-5, 0.02]


def test_labelled_events_are_seen_until_a_day_after_their_end_and_only_by_their_company() -> None:
    events = [
        event("ACME", START + DAY, START + 2 * DAY),
        event("LATE", START + 5 * DAY, START + 6 * DAY),
        event("LATE", START + 8 * DAY, START + 9 * DAY),
        event("ACME", START + 6 * DAY, START + 7 * DAY, "positive"),
        event("ACME", START - DAY, START, "negative"),
    ]
    reference = reference_of_events(events, START, START + 10 * DAY)
    assert [len(reference.wanted), len(reference.unwanted)] == [3, 1]
    found = point(
        EVERYTHING,
        result(
            raised_at(START + DAY + 90 * MINUTE),
            raised_at(START + 3 * DAY - 1, entity="LATE"),
            raised_at(START + 7 * DAY - 1, entity="LATE"),
            raised_at(START + 8 * DAY - 1),
            raised_at(START + 9 * DAY, entity="LATE", channel="rule"),
        ),
        reference,
    )
    assert (found.incidents, found.seen, found.missed, found.on_unwanted) == (4, 2, 1, 1)
    assert found.delay_minutes == pytest.approx((90 + 2 * 24 * 60) / 2, abs=1e-3)
    assert found.per_day == 0.4
    assert found.per_100_key_days == pytest.approx(100 * 4 / 15)


def test_without_events_the_severe_incidents_of_the_most_generous_run_are_the_reference() -> None:
    mild, severe = raised_at(START), raised_at(START + 2 * DAY, severity=2)
    last = raised_at(START + 9 * DAY, severity=4, entity="LATE")
    generous: list[IncidentRaised | IncidentCleared] = [
        mild,
        cleared(mild, time=START + DAY),
        severe,
        cleared(severe, time=START + 3 * DAY),
        last,
    ]
    reference = reference_of_incidents(reduce_incidents(generous))
    assert reference.wanted == [
        DetectionWindow(MonitoredKey.of_company("ACME"), START + DAY, START + 2 * DAY, START + 3 * DAY),
        DetectionWindow(MonitoredKey.of_company("LATE"), -math.inf, START + 9 * DAY, math.inf),
    ]
    strict = point(EVERYTHING, result(raised_at(START + 2 * DAY + 30 * MINUTE, severity=2)), reference)
    assert (strict.seen, strict.missed, strict.delay_minutes) == (1, 1, 30.0)
    itself = point(EVERYTHING, result(*generous), reference)
    assert (itself.seen, itself.missed, itself.delay_minutes) == (2, 0, 0.0)
    none = point(EVERYTHING, result(), reference)
    assert (none.incidents, none.seen, none.missed, none.delay_minutes) == (0, 0, 2, None)


def test_an_incident_before_the_start_is_not_late_and_one_of_the_incident_before_does_not_count() -> None:
    mild, severe = raised_at(START), raised_at(START + 2 * DAY, severity=2)
    reference = reference_of_incidents(reduce_incidents([mild, cleared(mild, time=START + DAY), severe]))
    early = point(EVERYTHING, result(raised_at(START + DAY + HOUR)), reference)
    assert (early.seen, early.delay_minutes) == (1, 0.0)
    before = point(EVERYTHING, result(raised_at(START + HOUR)), reference)
    assert before.missed == 1


def test_without_any_time_there_are_no_rates() -> None:
    empty = result()
    empty.days_by_key, empty.key_days, empty.end = {}, 0.0, empty.start
    found = point(EVERYTHING, empty, reference_of_incidents([]))
    assert (found.asked_per_day, found.per_day, found.per_100_key_days) == (None, None, None)


def test_budgets_go_from_an_eighth_to_eight_times_and_keep_the_lists() -> None:
    settings = around(Setting(for_everything(2.0)))
    assert [setting.factor for setting in settings] == [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
    assert [one.alerts_per_day for each in settings for one in each.watchlists.lists] == [0.25, 0.5, 1, 2, 4, 8, 16]
    scaled = around(EVERYTHING)[-1].watchlists.lists[0]
    assert (scaled.name, scaled.alerts_per_day, scaled.alerts_per_100_keys) == ("all", None, 8 * DEFAULT)


def test_thresholds_go_from_twice_to_half() -> None:
    settings = around(Setting(Watchlists(), threshold=1.0))
    assert [round(setting.threshold or 0, 3) for setting in settings] == [2.0, 1.587, 1.26, 1.0, 0.794, 0.63, 0.5]
    assert [setting.factor == 1.0 for setting in settings].index(True) == 3


def test_what_a_list_asks_for_is_shared_by_the_keys_it_has_on_average() -> None:
    days = {MonitoredKey.of_company("ACME"): 10.0, MonitoredKey.of_company("LATE"): 5.0}
    assert asked_per_100_key_days(Watchlists(), days, 10.0) == pytest.approx(DEFAULT)
    # 2 a day for 10 days over 15 key-days
    assert asked_per_100_key_days(for_everything(2.0), days, 10.0) == pytest.approx(100 * 20 / 15)
    own = watchlist("LATE", alerts_per_100_keys=3.0, sensitivity={MonitoredKey.of_company("LATE"): 2.0})
    assert asked_per_100_key_days(Watchlists((own,)), days, 10.0) == pytest.approx(6.0 * 5 / 15)
    assert asked_per_100_key_days(Watchlists(), {}, 0.0) is None
