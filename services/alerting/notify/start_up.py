"""How the relay comes to know what was told before it began; until it is READY it notifies nobody.

    state        CAUGHT_UP  ADOPTED
    CATCHING_UP  ADOPTING   -
    ADOPTING     -          READY
    READY        -          -

A dash: that cannot come, and is refused.
"""

from __future__ import annotations

from enum import Enum, auto

from services.alerting.notify.transitions import Transitions


class StartUp(Enum):
    """It begins by CATCHING_UP."""

    CATCHING_UP = auto()
    """Reads what stands on `alerts`."""
    ADOPTING = auto()
    """Asks every Alertmanager what it holds as firing."""
    READY = auto()


class StartUpEvent(Enum):
    """What the relay comes to know."""

    CAUGHT_UP = auto()
    """All that stood on `alerts` at the start is read."""
    ADOPTED = auto()
    """What an Alertmanager holds is taken over."""


CATCHING_UP, ADOPTING, READY = StartUp
CAUGHT_UP, ADOPTED = StartUpEvent

START_UP_TRANSITIONS = Transitions({CATCHING_UP: {CAUGHT_UP: ADOPTING}, ADOPTING: {ADOPTED: READY}, READY: {}})
