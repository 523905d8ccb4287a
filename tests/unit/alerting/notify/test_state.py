"""How single incidents are notified: raise, escalate, reopen, clear, and every way in which that may be disturbed."""

from __future__ import annotations

import random

import pytest

from services.alerting.notify.labels import SURGE_GROUP, labels_of
from services.alerting.notify.start_up import StartUp
from services.alerting.notify.transitions import ImpossibleEvent
from services.domain.messages import IncidentRaised, IncidentRecord
from tests.factories import HOUR, MINUTE, TIME, cleared, raised
from tests.harness.relay_driver import SECOND, START, Driver, company

AAPL = company("AAPL")
WORSE = company("AAPL", revision=1, severity=4, time=TIME + MINUTE)
OVER = cleared(AAPL)
FIRING = ("firing", "AAPL", "warning")
RESOLVED = ("resolved", "AAPL", "warning")


def test_a_raise_is_notified_after_the_group_wait_and_sent_again_every_minute() -> None:
    driver = Driver()
    driver.run(1)
    driver.say(AAPL)
    driver.run(0.8)
    assert driver.only.posts == []
    driver.run(0.4)
    (post,) = driver.only.posts
    assert post.labels == labels_of(IncidentRecord(raised=AAPL, first_at=TIME, score=0, p_value=1))
    assert (post.starts_at, post.ends_at - driver.now < 300 * SECOND, post.firing) == (TIME, True, True)
    assert post.annotations["incident"] == AAPL.id
    assert driver.latencies == [1 * SECOND]
    driver.run(600)
    assert len(driver.only.posts) == 11
    assert {post.ends_at - 300 * SECOND for post in driver.only.posts[1:]} == {
        START + (2 + 60 * n) * SECOND for n in range(1, 11)
    }
    assert driver.only.notified == [FIRING]


def test_an_escalation_ends_the_alert_of_the_old_severity_in_the_same_post() -> None:
    driver = Driver()
    driver.say(AAPL)
    driver.run(5)
    driver.only.posts.clear()
    driver.say(WORSE)
    driver.run(0.2)
    assert [(post.labels["severity"], post.firing) for post in driver.only.posts] == [
        ("warning", False),
        ("critical", True),
    ]
    driver.run(400)
    assert driver.only.notified == [FIRING, RESOLVED, ("firing", "AAPL", "critical")]
    assert {post.labels["severity"] for post in driver.only.posts[-2:]} == {"critical"}


def test_the_end_is_notified_at_once_and_repeated_for_a_few_minutes() -> None:
    driver = Driver()
    driver.say(AAPL)
    driver.run(120)
    driver.only.posts.clear()
    driver.say(OVER)
    driver.run(0.2)
    ended = driver.now
    driver.run(1000)
    assert [(post.firing, post.ends_at) for post in driver.only.posts] == [(False, ended)] * 5
    assert driver.only.notified == [FIRING, RESOLVED]
    assert driver.committed == 2


def test_a_brief_incident_fires_for_a_minute_so_that_it_is_notified() -> None:
    driver = Driver()
    driver.say(AAPL, OVER)
    driver.run(59)
    assert driver.only.notified == [FIRING]
    driver.run(3)
    assert driver.only.notified == [FIRING, RESOLVED]
    assert driver.committed == 2


def test_what_comes_while_alertmanager_is_down_is_notified_once_it_is_back_firing_first() -> None:
    driver = Driver()
    driver.run(1)
    driver.only.kill()
    driver.say(AAPL, WORSE, cleared(WORSE))
    driver.run(3600)
    assert driver.committed == 0
    assert driver.state.pending_since() == START + SECOND
    driver.only.up = True
    driver.run(30)
    assert driver.only.notified == [("firing", "AAPL", "critical")]
    driver.run(60)
    assert driver.only.notified == [("firing", "AAPL", "critical"), ("resolved", "AAPL", "critical")]
    assert (driver.committed, driver.state.pending_since()) == (3, None)


def test_one_of_two_alertmanagers_is_enough_and_the_other_catches_up() -> None:
    driver = Driver(alertmanagers=2)
    first, second = driver.alertmanagers
    driver.run(1)
    second.kill()
    driver.say(AAPL)
    driver.run(10)
    assert (first.notified, driver.committed) == ([FIRING], 1)
    second.up = True
    driver.run(1)
    assert second.notified == [FIRING]
    first.kill()
    driver.say(OVER)
    driver.run(60)
    assert second.notified == [FIRING, RESOLVED]
    first.up = True
    driver.run(1)
    assert first.notified == [FIRING, RESOLVED]


def test_an_alertmanager_that_has_lost_all_is_sent_all_again_and_notifies_nothing_twice() -> None:
    driver = Driver()
    driver.say(AAPL)
    driver.run(10)
    driver.only.kill()
    driver.run(10)
    driver.only.up = True
    driver.run(1)
    assert [post.labels["entity"] for post in driver.only.active.values()] == ["AAPL"]
    assert driver.only.notified == [FIRING]


def test_a_restart_in_the_middle_notifies_nothing_twice_and_what_follows_is_notified() -> None:
    driver = Driver()
    driver.say(AAPL)
    driver.run(30)
    driver.restart()
    driver.run(600)
    assert driver.only.notified == [FIRING]
    driver.restart()
    driver.say(WORSE)
    driver.run(10)
    driver.restart()
    driver.say(cleared(WORSE))
    driver.run(5)
    assert driver.only.notified[1:] == [RESOLVED, ("firing", "AAPL", "critical"), ("resolved", "AAPL", "critical")]


@pytest.mark.parametrize("down", [False, True])
def test_what_no_alertmanager_has_taken_survives_a_restart(down: bool) -> None:
    driver = Driver()
    driver.run(1)
    driver.only.up = not down
    driver.say(AAPL, OVER)
    driver.run(0.4)
    driver.restart()
    driver.run(30)
    driver.restart()
    driver.only.up = True
    driver.run(90)
    assert driver.only.notified == [FIRING, RESOLVED]
    assert driver.committed == 2


def test_what_ended_or_escalated_while_the_relay_was_away_is_put_right() -> None:
    driver = Driver()
    driver.say(AAPL, company("MSFT"))
    driver.run(70)
    driver.messages += [(OVER, driver.now), (company("MSFT", revision=1, severity=3), driver.now)]
    driver.restart()
    driver.run(2)
    assert sorted(driver.only.notified[2:]) == [
        ("firing", "MSFT", "high"),
        ("resolved", "AAPL", "warning"),
        ("resolved", "MSFT", "warning"),
    ]


def test_copies_change_nothing() -> None:
    driver = Driver()
    driver.say(AAPL, AAPL)
    driver.run(100)
    driver.say(OVER, OVER)
    driver.run(400)
    driver.say(AAPL, OVER)
    driver.run(400)
    assert driver.only.notified == [FIRING, RESOLVED]
    assert driver.committed == 6


def test_a_reopened_incident_is_notified_again_with_its_first_start() -> None:
    driver = Driver()
    driver.say(AAPL)
    driver.run(100)
    driver.say(OVER)
    driver.run(10)
    again = company("AAPL", revision=1, time=TIME + 6 * HOUR)
    driver.say(again)
    driver.run(100)
    driver.say(cleared(again))
    driver.run(1)
    assert driver.only.notified == [FIRING, RESOLVED, FIRING, RESOLVED]
    assert {post.starts_at for post in driver.only.posts} == {TIME}


def test_flapping_within_a_minute_is_notified_once() -> None:
    driver = Driver()
    driver.say(AAPL)
    driver.run(3)
    for revision in range(1, 20, 2):
        driver.say(cleared(company("AAPL", revision=revision - 1)))
        driver.run(2)
        driver.say(company("AAPL", revision=revision, time=TIME + (revision + 1) * 10 * HOUR))
        driver.run(2)
    assert driver.only.notified == [FIRING]


def test_a_very_first_start_leaves_out_what_ended_long_ago() -> None:
    driver = Driver()
    old, recent, still = company("OLD"), company("RECENT"), company("STILL")
    driver.only.kill()
    driver.say(old, cleared(old), recent, still)
    driver.run(3700)
    driver.say(cleared(recent))
    driver.only.up = True
    driver.read_anew()
    assert driver.state.first_pending() == 2
    driver.run(70)
    assert sorted(driver.only.notified) == [
        ("firing", "RECENT", "warning"),
        ("firing", "STILL", "warning"),
        ("resolved", "RECENT", "warning"),
    ]
    assert driver.committed == 5


def test_an_alert_that_is_refused_holds_up_nothing_and_is_not_sent_again() -> None:
    driver = Driver()
    driver.refuse.add("AAPL")
    driver.say(AAPL, company("MSFT"))
    driver.run(70)
    assert {post.labels["entity"] for post in driver.only.posts} == {"MSFT"}
    assert driver.committed == 2
    assert driver.state.alerts.due("0", driver.now) == []


def test_an_incident_of_the_future_starts_now() -> None:
    driver = Driver()
    driver.say(company("AAPL", time=START + HOUR))
    driver.run(2)
    (post,) = driver.only.posts
    assert driver.now - SECOND <= post.starts_at <= driver.now
    driver.say(cleared(company("AAPL", time=START + HOUR), after=1))
    driver.run(70)
    last = driver.only.posts[-1]
    assert not last.firing
    assert last.starts_at <= last.ends_at


def test_a_second_incident_of_the_same_key_waits_until_the_brief_first_one_was_notified() -> None:
    driver = Driver()
    driver.say(AAPL, OVER)
    driver.run(10)
    second = raised(id="company:AAPL@2014-09-05T00:00:00Z", time=TIME + 32 * HOUR)
    driver.say(second)
    driver.run(30)
    assert {post.annotations["incident"] for post in driver.only.posts} == {AAPL.id}
    driver.run(30)
    assert driver.only.notified == [FIRING, RESOLVED]
    driver.run(60)
    assert driver.only.notified == [FIRING, RESOLVED, FIRING]
    assert driver.only.posts[-1].annotations["incident"] == second.id
    driver.say(cleared(second))
    driver.run(60)
    assert (driver.only.notified, driver.committed) == ([FIRING, RESOLVED] * 2, 4)


def test_an_incident_takes_over_the_alert_of_an_open_one_with_the_same_labels() -> None:
    driver = Driver()
    driver.say(AAPL)
    driver.run(90)
    second = raised(id="company:AAPL@2014-09-05T00:00:00Z", time=TIME + 32 * HOUR)
    driver.say(second)
    driver.run(5)
    assert [post.annotations["incident"] for post in driver.only.active.values()] == [second.id]
    driver.say(OVER)
    driver.run(90)
    assert driver.only.notified == [FIRING]
    driver.say(cleared(second))
    driver.run(1)
    assert (driver.only.notified, driver.committed) == ([FIRING, RESOLVED], 4)


def test_what_cannot_come_at_the_start_is_refused() -> None:
    state = Driver().state
    with pytest.raises(ImpossibleEvent, match="StartUp: expected no CAUGHT_UP in the state ADOPTING"):
        state.caught_up(START)
    state.adopt([], START)
    assert state.start_up is StartUp.READY
    with pytest.raises(ImpossibleEvent, match="StartUp: expected no ADOPTED in the state READY"):
        state.adopt([], START)


@pytest.mark.parametrize("seed", range(12))
def test_every_incident_is_notified_and_ends_whatever_happens(seed: int) -> None:
    dice = random.Random(seed)
    driver = Driver(alertmanagers=2)
    latest: dict[str, IncidentRaised] = {}
    for step in range(120):
        event = dice.random()
        name = f"C{dice.randrange(12)}"
        one = dice.choice(driver.alertmanagers)
        if event < 0.45:
            known = latest.pop(name, None)
            if known is not None and dice.random() < 0.6:
                driver.say(cleared(known, after=1))
            else:
                revision = 0 if known is None else known.revision + 1
                fresh = company(name, revision=revision, severity=min(revision + 1, 4), time=TIME + step * HOUR)
                identity = f"company:{name}@{step}" if known is None else known.id
                latest[name] = raised(**{f: getattr(fresh, f) for f in fresh.__struct_fields__} | {"id": identity})
                driver.say(latest[name])
        elif event < 0.6:
            one.kill()
        elif event < 0.75:
            one.up = True
        elif event < 0.82:
            driver.restart()
        driver.run(dice.choice([0.2, 0.4, 2, 20, 90]))
    for one in driver.alertmanagers:
        one.up = True
    driver.run(400)
    assert driver.committed == len(driver.messages)
    notified = {post.annotations["incident"] for one in driver.alertmanagers for post in one.posts if post.firing}
    grouped = any(post.labels["alertname"] == SURGE_GROUP for one in driver.alertmanagers for post in one.posts)
    raises = {message.id for message, _ in driver.messages if isinstance(message, IncidentRaised)}
    assert raises <= notified or grouped
    driver.say(*(cleared(each, after=1) for each in latest.values()))
    driver.run(400)
    assert [one.active for one in driver.alertmanagers] == [{}, {}]
    assert driver.committed == len(driver.messages)
