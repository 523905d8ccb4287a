"""All rows of the table of faults by their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.harness.chain_scenarios.delivery import brief_spike, first_ever, raise_escalate_clear, relay_killed
from tests.harness.chain_scenarios.groups import (
    crash_then_market,
    flapping_where_it_clears,
    flapping_where_it_raises,
    market_then_crash,
)
from tests.harness.chain_scenarios.handover import notified_once, prometheus_takes_over
from tests.harness.chain_scenarios.hostile import hostile_text
from tests.harness.chain_scenarios.outages import alertmanager_killed, one_of_two_down, prometheus_down, receiver_down
from tests.harness.chain_scenarios.row import Durations, Row

Scenario = Callable[[Path, Durations], Row]

SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        raise_escalate_clear,
        receiver_down,
        alertmanager_killed,
        prometheus_down,
        brief_spike,
        first_ever,
        flapping_where_it_raises,
        flapping_where_it_clears,
        crash_then_market,
        market_then_crash,
        relay_killed,
        one_of_two_down,
        hostile_text,
        prometheus_takes_over,
        notified_once,
    )
}
