"""How far the delivery of one alert has come. FIRING and RESOLVED: at least one Alertmanager has taken it as such.

    state                 ADOPT   FIRE                POST                  CONFIRM   RESOLVE
    NEW                   FIRING  NEW                 FIRING_UNCONFIRMED    -         RESOLVED_UNCONFIRMED
    FIRING_UNCONFIRMED    -       FIRING_UNCONFIRMED  FIRING_UNCONFIRMED    FIRING    RESOLVED_UNCONFIRMED
    FIRING                -       FIRING              FIRING                FIRING    RESOLVED_UNCONFIRMED
    RESOLVED_UNCONFIRMED  -       FIRING_UNCONFIRMED  RESOLVED_UNCONFIRMED  RESOLVED  -
    RESOLVED              -       FIRING_UNCONFIRMED  RESOLVED              RESOLVED  -

A dash: that cannot come, and is refused.
"""

from __future__ import annotations

from enum import Enum, auto

from services.alerting.notify.transitions import Transitions


class AlertState(Enum):
    """An alert begins as NEW, which no Alertmanager can know."""

    NEW = auto()
    FIRING_UNCONFIRMED = auto()
    FIRING = auto()
    RESOLVED_UNCONFIRMED = auto()
    RESOLVED = auto()


class AlertEvent(Enum):
    """What happens to an alert."""

    ADOPT = auto()
    """An Alertmanager holds it from before this process began."""
    FIRE = auto()
    """It says something new, and fires (again)."""
    POST = auto()
    """It goes out to an Alertmanager."""
    CONFIRM = auto()
    """An Alertmanager has taken it, firing or resolved as it is now; or has refused it for good."""
    RESOLVE = auto()
    """It is over."""


NEW, FIRING_UNCONFIRMED, FIRING, RESOLVED_UNCONFIRMED, RESOLVED = AlertState
ADOPT, FIRE, POST, CONFIRM, RESOLVE = AlertEvent

ALERT_TRANSITIONS = Transitions(
    {
        NEW: {ADOPT: FIRING, FIRE: NEW, POST: FIRING_UNCONFIRMED, RESOLVE: RESOLVED_UNCONFIRMED},
        FIRING_UNCONFIRMED: {
            FIRE: FIRING_UNCONFIRMED,
            POST: FIRING_UNCONFIRMED,
            CONFIRM: FIRING,
            RESOLVE: RESOLVED_UNCONFIRMED,
        },
        FIRING: {FIRE: FIRING, POST: FIRING, CONFIRM: FIRING, RESOLVE: RESOLVED_UNCONFIRMED},
        RESOLVED_UNCONFIRMED: {FIRE: FIRING_UNCONFIRMED, POST: RESOLVED_UNCONFIRMED, CONFIRM: RESOLVED},
        RESOLVED: {FIRE: FIRING_UNCONFIRMED, POST: RESOLVED, CONFIRM: RESOLVED},
    }
)
