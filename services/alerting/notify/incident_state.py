"""How far the relay has come with one incident.

    state      RAISE      CLEAR     ADOPT     NOTIFY     CONFIRM   RESOLVE   GROUP
    NEW        WAITING    CLEARED   -         -          -         -         -
    WAITING    WAITING    WAITING   NOTIFIED  NOTIFYING  -         -         GROUPED
    CLEARED    WAITING    CLEARED   NOTIFIED  NOTIFYING  -         -         -
    NOTIFYING  NOTIFYING  NOTIFYING -         NOTIFYING  NOTIFIED  RESOLVED  GROUPED
    NOTIFIED   NOTIFIED   NOTIFIED  -         NOTIFIED   -         RESOLVED  -
    RESOLVED   WAITING    RESOLVED  -         -          -         -         -
    GROUPED    WAITING    -         -         -          -         -         -

A dash: that cannot come, and is refused. An incident that is over before its alert has fired for a minute stays
NOTIFYING or NOTIFIED until then. A RESOLVED one is forgotten once its end was sent often enough, a GROUPED one when it
is over.
"""

from __future__ import annotations

from enum import Enum, auto

from services.alerting.notify.transitions import Transitions


class IncidentState(Enum):
    """An incident begins as NEW, with no message yet."""

    NEW = auto()
    WAITING = auto()
    """No alert is about it yet."""
    CLEARED = auto()
    """The same, and only its end is news: what raised it was delivered before this process began."""
    NOTIFYING = auto()
    """Its own alert fires; no Alertmanager has taken one of it."""
    NOTIFIED = auto()
    """Its own alert fires; an Alertmanager has taken it, or the one of its last severity."""
    RESOLVED = auto()
    """Its own alert is over."""
    GROUPED = auto()
    """The alert of its group, or a market-wide one, represents it."""


class IncidentEvent(Enum):
    """What happens to an incident."""

    RAISE = auto()
    """A message raises it, to a higher severity, or again."""
    CLEAR = auto()
    """A message says that it is over."""
    ADOPT = auto()
    """An Alertmanager holds its alert from before this process began."""
    NOTIFY = auto()
    """Its own alert fires, or says something new."""
    CONFIRM = auto()
    """An Alertmanager has taken its alert."""
    RESOLVE = auto()
    """Its own alert ends."""
    GROUP = auto()
    """It joins its group."""


NEW, WAITING, CLEARED, NOTIFYING, NOTIFIED, RESOLVED, GROUPED = IncidentState
RAISE, CLEAR, ADOPT, NOTIFY, CONFIRM, RESOLVE, GROUP = IncidentEvent

INCIDENT_TRANSITIONS = Transitions(
    {
        NEW: {RAISE: WAITING, CLEAR: CLEARED},
        WAITING: {RAISE: WAITING, CLEAR: WAITING, ADOPT: NOTIFIED, NOTIFY: NOTIFYING, GROUP: GROUPED},
        CLEARED: {RAISE: WAITING, CLEAR: CLEARED, ADOPT: NOTIFIED, NOTIFY: NOTIFYING},
        NOTIFYING: {
            RAISE: NOTIFYING,
            CLEAR: NOTIFYING,
            NOTIFY: NOTIFYING,
            CONFIRM: NOTIFIED,
            RESOLVE: RESOLVED,
            GROUP: GROUPED,
        },
        NOTIFIED: {RAISE: NOTIFIED, CLEAR: NOTIFIED, NOTIFY: NOTIFIED, RESOLVE: RESOLVED},
        RESOLVED: {RAISE: WAITING, CLEAR: RESOLVED},
        GROUPED: {RAISE: WAITING},
    }
)
