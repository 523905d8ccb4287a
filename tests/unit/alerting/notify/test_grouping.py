"""Many incidents at once: few notifications, few alerts, and nothing that is not notified."""

from __future__ import annotations

import msgspec
import pytest

from services.alerting.notify.labels import SURGE_GROUP
from tests.factories import TIME, cleared, market_wide, raised
from tests.harness.relay_driver import Driver, Notified, companies, company

GROUP_FIRING = ("firing", "company", "critical")
GROUP_RESOLVED = ("resolved", "company", "critical")
MARKET_FIRING = ("firing", "company", "high")


def group_summaries(driver: Driver) -> list[str]:
    """The summaries of groups that were posted, in their order, without repeats."""
    posted = [p.annotations["summary"] for p in driver.only.posts if p.labels["alertname"] == SURGE_GROUP]
    return list(dict.fromkeys(posted))


def test_ten_thousand_companies_at_once_are_one_alert_then_a_market_wide_one() -> None:
    driver = Driver()
    driver.run(1)
    crash = companies(10_000)
    for start in range(0, 10_000, 500):  # 2,500 a second
        driver.say(*crash[start : start + 500])
        driver.run(0.2)
    driver.run(60)
    assert driver.only.notified == [GROUP_FIRING]
    assert len(driver.only.active) == 1
    assert group_summaries(driver)[-1] == "10000 companies at once; the worst: C09999, C09998, C09997, C09996, C09995"
    assert driver.committed == 10_000
    driver.say(market_wide())
    driver.run(60)
    assert driver.only.notified == [GROUP_FIRING, MARKET_FIRING, GROUP_RESOLVED]
    (active,) = driver.only.active.values()
    assert active.annotations["summary"] == (
        "Market-wide: 10000 of 12000 companies within 30 minutes; 10000 open now, "
        "the worst: C09999, C09998, C09997, C09996, C09995"
    )
    driver.restart()
    driver.run(60)
    assert driver.only.notified == [GROUP_FIRING, MARKET_FIRING, GROUP_RESOLVED]
    driver.say(*(cleared(each) for each in crash), cleared(market_wide()))
    driver.run(60)
    assert driver.only.notified == [GROUP_FIRING, MARKET_FIRING, GROUP_RESOLVED, ("resolved", "company", "high")]
    assert (driver.only.active, driver.committed) == ({}, 20_002)


def test_a_market_wide_incident_that_comes_with_the_burst_is_all_that_is_notified() -> None:
    driver = Driver()
    driver.run(1)
    driver.say(*companies(40), market_wide())
    driver.run(700)
    assert driver.only.notified == [MARKET_FIRING]
    driver.say(*companies(1, first=50))
    driver.run(5)
    assert driver.only.notified == [MARKET_FIRING]
    assert "; 41 open now, the worst: C00050," in driver.only.posts[-1].annotations["summary"]
    assert "；目前 41 个未结束，最严重：C00050、" in driver.only.posts[-1].annotations["summary_zh"]
    assert driver.committed == 42


def test_when_a_market_wide_incident_and_all_it_represents_are_over_no_group_opens() -> None:
    driver = Driver()
    driver.run(1)
    crash = companies(40)
    driver.say(market_wide(), *crash)
    driver.run(90)
    driver.say(*(cleared(each) for each in crash), cleared(market_wide()))
    driver.run(700)
    assert driver.only.notified == [MARKET_FIRING, ("resolved", "company", "high")]
    driver.say(*companies(25, first=100))
    driver.run(10)
    assert driver.only.notified[2:] == [GROUP_FIRING]
    assert group_summaries(driver) == ["25 companies at once; the worst: C00124, C00123, C00122, C00121, C00120"]


def test_what_is_over_but_not_handed_over_yet_opens_no_group() -> None:
    driver = Driver()
    driver.run(1)
    crash = companies(40)
    driver.say(market_wide(), *crash)
    driver.run(90)
    ends = [*(cleared(each) for each in crash), cleared(market_wide())]
    changes = [driver.incidents.apply(end, 41 + number, driver.now) for number, end in enumerate(ends)]
    driver.run(1)
    for change in changes:
        assert change is not None
        driver.state.apply(change, driver.now)
    driver.run(90)
    assert driver.only.notified == [MARKET_FIRING, ("resolved", "company", "high")]


def test_a_burst_that_trickles_in_is_seen_as_one() -> None:
    driver = Driver()
    driver.run(1)
    for each in companies(40):
        driver.say(each)
        driver.run(0.2)
    driver.run(10)
    assert driver.only.notified == [GROUP_FIRING]
    (active,) = driver.only.active.values()
    assert active.annotations["summary"].startswith("40 companies at once; the worst: C00039, ")
    assert active.annotations["summary_zh"].startswith("40 家公司同时告警；最严重：C00039、")
    assert active.annotations["numbers"] == "40 incidents, 40 open now"
    assert active.annotations["command"] == "groundswell alerts list --open"
    assert len(active.annotations["evidence"].splitlines()) == 5
    assert (active.labels["channel"], active.labels["severity"]) == ("storm", "critical")


def test_twenty_are_notified_one_by_one_and_the_next_is_a_group() -> None:
    driver = Driver()
    driver.run(1)
    for each in companies(23):
        driver.say(each)
        driver.run(20)
    singles = [note for note in driver.only.notified if note[1] != "company"]
    assert len(singles) == 20
    assert driver.only.notified[20:] == [GROUP_FIRING]
    assert len(driver.only.active) == 21
    driver.run(660)
    worse = company("C00000", revision=1, severity=4)
    driver.say(worse)
    driver.run(1)
    assert driver.only.notified[21:] == [("resolved", "C00000", "warning"), ("firing", "C00000", "critical")]


def test_a_group_ends_with_its_incidents_and_what_is_left_is_notified_when_it_grows_worse() -> None:
    driver = Driver()
    driver.run(1)
    crash = companies(30)
    driver.say(*crash)
    driver.run(660)
    driver.say(*(cleared(each) for each in crash[:10]))
    driver.run(1)
    assert driver.only.notified == [GROUP_FIRING, GROUP_RESOLVED]
    assert driver.only.posts[-1].annotations["numbers"] == "20 incidents, 20 open now"
    driver.run(60)
    driver.say(msgspec.structs.replace(crash[-1], revision=1, severity=4))
    driver.run(2)
    assert driver.only.notified == [GROUP_FIRING, GROUP_RESOLVED, ("firing", "C00029", "critical")]


def test_a_group_that_is_over_before_any_alertmanager_hears_of_it_is_notified_then() -> None:
    driver = Driver()
    driver.run(1)
    driver.only.kill()
    crash = companies(30)
    driver.say(*crash)
    driver.run(660)
    driver.say(*(cleared(each) for each in crash))
    driver.run(660)
    assert driver.committed == 0
    driver.only.up = True
    driver.run(90)
    assert driver.only.notified == [GROUP_FIRING, GROUP_RESOLVED]
    assert group_summaries(driver)[0].startswith("30 companies at once; the worst: C00029,")
    assert driver.committed == 60


@pytest.mark.slow
def test_what_piles_up_while_alertmanager_is_down_becomes_one_alert() -> None:
    driver = Driver()
    driver.run(1)
    driver.only.kill()
    for each in companies(30):
        driver.say(each, cleared(each))
        driver.run(300)
    driver.only.up = True
    driver.run(120)
    assert driver.only.notified == [GROUP_FIRING, GROUP_RESOLVED]
    assert driver.committed == 60


def test_a_restart_in_a_group_goes_on_with_it() -> None:
    driver = Driver()
    driver.run(1)
    driver.say(*companies(30))
    driver.run(10)
    before = next(iter(driver.only.active.values()))
    driver.restart()
    driver.run(700)
    driver.say(*companies(1, first=40))
    driver.run(5)
    assert driver.only.notified == [GROUP_FIRING]
    (active,) = driver.only.active.values()
    assert (active.starts_at, active.annotations["incident"]) == (before.starts_at, before.annotations["incident"])
    assert active.annotations["numbers"] == "31 incidents, 31 open now"


@pytest.mark.slow
def test_a_restart_after_a_slow_day_keeps_every_alert_of_its_own() -> None:
    driver = Driver()
    driver.run(1)
    for each in companies(60):
        driver.say(each)
        driver.run(40)
    notified = list(driver.only.notified)
    assert len(driver.only.active) == 60
    driver.restart()
    driver.run(700)
    assert driver.only.notified == notified
    assert len(driver.only.active) == 60


@pytest.mark.slow
def test_never_more_than_two_hundred_alerts_fire() -> None:
    driver = Driver()
    driver.run(1)
    for each in companies(230):
        driver.say(each)
        driver.run(40, step_ms=2000)
        assert len(driver.only.active) <= 200
    assert [note[1] for note in driver.only.notified].count("company") == 1
    assert len(driver.only.active) == 191
    assert driver.committed == 230


def test_rules_are_notified_one_by_one_and_topics_are_no_companies() -> None:
    driver = Driver()
    driver.run(1)
    by_rule = [
        msgspec.structs.replace(each, id=f"{each.id}/rule", channel="rule", rule="fraud") for each in companies(25)
    ]
    driver.say(*by_rule)
    topics = [raised(id=f"topic:t{n}@1", kind="topic", entity=f"t{n}", name=f"t{n}", time=TIME) for n in range(15)]
    driver.say(*topics, *companies(15))
    driver.run(10)
    expected: list[Notified] = [("firing", each.entity, "warning") for each in (*by_rule, *topics, *companies(15))]
    assert sorted(driver.only.notified) == sorted(expected)


def test_what_piles_up_a_second_time_is_counted_in_full() -> None:
    driver = Driver()
    driver.run(1)
    for first in (0, 100):
        driver.only.kill()
        for each in companies(30, first=first):
            driver.say(each, cleared(each))
            driver.run(40)
        driver.only.posts.clear()
        driver.only.up = True
        driver.run(700)
        assert group_summaries(driver)[0].startswith(f"30 companies at once; the worst: C{first + 29:05}, ")
        assert driver.only.posts[0].annotations["numbers"] == "30 incidents, 0 open now"
    assert driver.only.notified == [GROUP_FIRING, GROUP_RESOLVED] * 2
    assert driver.committed == 120


def test_the_end_of_a_market_wide_incident_after_a_restart_delivers_no_other() -> None:
    driver = Driver()
    driver.run(1)
    driver.say(market_wide())
    driver.run(90)
    driver.only.kill()
    crash = companies(30)
    driver.say(*crash, *(cleared(each) for each in crash[:25]), cleared(market_wide()))
    driver.restart()
    driver.only.up = True
    driver.only.posts.clear()
    driver.run(5)
    assert driver.only.notified == [MARKET_FIRING, ("resolved", "company", "high"), GROUP_FIRING]
    assert [post.annotations["numbers"] for post in driver.only.posts if post.firing] == ["30 incidents, 5 open now"]
    assert driver.committed == 57
