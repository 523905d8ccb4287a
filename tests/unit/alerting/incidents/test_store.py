"""All incidents that matter now."""

from __future__ import annotations

import msgspec

from services.alerting.incidents.store import MOST_CLEARED, IncidentStore
from services.alerting.notify.group_summary import summarise_group
from services.alerting.notify.grouping import GROUPED_CHANNELS
from tests.factories import HOUR, TIME, cleared, raised, record_of
from tests.harness.relay_driver import companies

NOW = 1_800_000_000_000


def test_the_store_counts_what_is_open_and_forgets_the_oldest_of_what_is_over() -> None:
    market = raised(id="market:company@x", channel="market", kind="market", entity="company")
    by_rule = raised(id="company:AAPL@x/r", channel="rule", rule="r")
    incidents = IncidentStore([record_of(each) for each in (raised(), market, by_rule)])
    assert (incidents.count("company", GROUPED_CHANNELS), incidents.count("company", ["rule"])) == (1, 1)
    assert (incidents.is_market_wide("company"), incidents.is_market_wide("topic")) == (True, False)
    assert [record.raised.id for record in incidents.open_of("company")] == [raised().id, by_rule.id]
    summary = summarise_group("company", incidents.open_of("company"))
    assert [record.raised.id for record in summary.worst] == [raised().id]
    incidents.apply(cleared(market), 1, NOW)
    incidents.apply(cleared(raised()), 2, NOW)
    assert (incidents.count("company", GROUPED_CHANNELS), incidents.count("company", ["rule"])) == (0, 1)
    assert (incidents.is_market_wide("company"), set(incidents.open)) == (False, {by_rule.id})
    for each in companies(MOST_CLEARED):
        incidents.apply(each, 3, NOW)
        incidents.apply(cleared(each), 4, NOW)
    again = incidents.apply(raised(revision=1, time=TIME + 6 * HOUR), 5, NOW)
    assert again is not None
    assert again.record.first_at == TIME + 6 * HOUR
    last = companies(MOST_CLEARED)[-1]
    reopened = incidents.apply(msgspec.structs.replace(last, revision=1, time=TIME + 6 * HOUR), 6, NOW)
    assert reopened is not None
    assert (reopened.record.first_at, reopened.new) == (TIME, True)
