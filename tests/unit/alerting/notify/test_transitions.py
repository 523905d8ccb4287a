"""The state machines of the relay: their tables are whole, and are what the docstrings of their modules say."""

from __future__ import annotations

from enum import Enum
from types import ModuleType
from typing import Any

import pytest

from services.alerting.notify import alert_state, incident_state, start_up
from services.alerting.notify.transitions import ImpossibleEvent, Transitions

Machine = tuple[ModuleType, type[Enum], type[Enum], Transitions[Any, Any]]
MACHINES: dict[str, Machine] = {
    "alert": (alert_state, alert_state.AlertState, alert_state.AlertEvent, alert_state.ALERT_TRANSITIONS),
    "incident": (
        incident_state,
        incident_state.IncidentState,
        incident_state.IncidentEvent,
        incident_state.INCIDENT_TRANSITIONS,
    ),
    "start-up": (start_up, start_up.StartUp, start_up.StartUpEvent, start_up.START_UP_TRANSITIONS),
}
every_machine = pytest.mark.parametrize(
    ("module", "states", "events", "transitions"), MACHINES.values(), ids=MACHINES.keys()
)


def documented(module: ModuleType) -> dict[str, dict[str, str]]:
    """State -> event -> next state, from the table in the module's docstring."""
    rows = [line.split() for line in (module.__doc__ or "").splitlines() if line.startswith("    ")]
    (corner, *events), *states = rows
    assert corner == "state"
    return {state: dict(zip(events, cells, strict=True)) for state, *cells in states}


@every_machine
def test_the_table_is_that_of_the_docstring(
    module: ModuleType, states: type[Enum], events: type[Enum], transitions: Transitions[Any, Any]
) -> None:
    table = {
        state.name: {
            event.name: transitions.table[state][event].name if event in transitions.table[state] else "-"
            for event in events
        }
        for state in states
    }
    assert documented(module) == table


@every_machine
def test_every_event_leads_from_every_state_to_another_or_is_refused(
    module: ModuleType, states: type[Enum], events: type[Enum], transitions: Transitions[Any, Any]
) -> None:
    for state in states:
        for event in events:
            if event in transitions.table[state]:
                assert transitions.after(state, event) in states
            else:
                with pytest.raises(ImpossibleEvent, match=f"no {event.name} in the state {state.name}") as refused:
                    transitions.after(state, event)
                assert (refused.value.state, refused.value.event) == (state, event)


@every_machine
def test_every_state_can_be_reached_from_the_first_and_every_event_comes(
    module: ModuleType, states: type[Enum], events: type[Enum], transitions: Transitions[Any, Any]
) -> None:
    first = next(iter(states))
    reached, seen = [first], set()
    for state in reached:
        for event, following in transitions.table[state].items():
            seen.add(event)
            if following not in reached:
                reached.append(following)
    assert (set(reached), seen) == (set(states), set(events))
