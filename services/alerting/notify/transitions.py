"""State machines as tables: in a state, an event leads to the next state, and what stands in no row is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Generic, TypeVar

from services.domain.errors import GroundswellError

State = TypeVar("State", bound=Enum)
Event = TypeVar("Event", bound=Enum)


class ImpossibleEvent(GroundswellError):
    """An event that cannot come in a state, so that one of both is wrong: the process ends, and is started again."""

    def __init__(self, state: Enum, event: Enum) -> None:
        super().__init__(f"{type(state).__name__}: expected no {event.name} in the state {state.name}")
        self.state = state
        self.event = event


class Transitions(Generic[State, Event]):
    """`table` has for each state the events that may come in it, and the state that each leads to."""

    def __init__(self, table: Mapping[State, Mapping[Event, State]]) -> None:
        self.table = table

    def after(self, state: State, event: Event) -> State:
        """The next state.

        :raises ImpossibleEvent: when the event cannot come in this state.
        """
        following = self.table[state].get(event)
        if following is None:
            raise ImpossibleEvent(state, event)
        return following
