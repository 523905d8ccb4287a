"""The market-wide rule: when many keys of a kind raise incidents at once, that is one incident of them all."""

from __future__ import annotations

from services.detector.context import Context
from services.detector.incident_events import Detection, IncidentEvent, cleared, raised
from services.detector.market.messages import KeyClosed, KeyEvent, KeyOpened
from services.detector.market.state import KindState, MarketState
from services.domain.event_time import HOUR_MS, MINUTE_MS, format_iso
from services.domain.key import KeyKind, MonitoredKey
from services.watchlists.model import Watchlists

WITHIN_MS = 30 * MINUTE_MS
SHARE = 0.05
"""More than this share of the keys of a kind must open within `WITHIN_MS`."""
LEAST_KEYS = 5
"""And at least so many."""
REOPEN_WITHIN_MS = 6 * HOUR_MS
MOST_EVIDENCE = 10
_SEVERITY = 3
_UNFOLLOWED = Context(Watchlists(lists=()))
"""No watchlist follows all keys of a kind at once, so none says when their incidents are quiet."""


def apply_event(state: MarketState, event: KeyEvent) -> list[IncidentEvent]:
    """Take in one event, in the order of event time."""
    kind = MonitoredKey.parse(event.key).kind
    own = state.kinds.setdefault(kind, KindState())
    if isinstance(event, KeyClosed):
        if event.key in own.open and own.open[event.key].incident == event.incident:
            del own.open[event.key]
        return _maybe_clear(kind, own, event.time)
    if event.key not in own.open or own.open[event.key].incident != event.incident:  # else it escalates
        own.open[event.key] = event
    return _maybe_raise(kind, own, event)


def _maybe_raise(kind: KeyKind, own: KindState, event: KeyOpened) -> list[IncidentEvent]:
    if own.id is not None and own.cleared_at is None:
        return []
    recent = [one for one in own.open.values() if one.time > event.time - WITHIN_MS]
    if len(recent) < LEAST_KEYS or len(recent) <= SHARE * event.keys:
        return []
    key = _market_key(kind)
    if own.id is not None and own.cleared_at is not None and event.time - own.cleared_at <= REOPEN_WITHIN_MS:
        own.revision += 1
    else:
        own.id, own.raised_at, own.revision = f"{key}@{format_iso(event.time)}", event.time, 0
    own.cleared_at = None
    detection = _detection(recent, event.keys)
    return [raised(key, detection, _UNFOLLOWED, id=own.id, at=event.time, severity=_SEVERITY, revision=own.revision)]


def _detection(recent: list[KeyOpened], keys: int) -> Detection:
    """So many of `keys` opened; the texts of the rarest are shown."""
    ranked = sorted(recent, key=lambda one: (one.p_value, one.key))
    return Detection(
        channel="market",
        score=float(len(recent)),
        p_value=ranked[0].p_value,
        threshold=max(SHARE * keys, float(LEAST_KEYS)),
        observed=float(len(recent)),
        expected=0.0,
        texts=float(keys),
        window_minutes=WITHIN_MS // MINUTE_MS,
        evidence=tuple(one.evidence for one in ranked if one.evidence is not None)[:MOST_EVIDENCE],
    )


def _maybe_clear(kind: KeyKind, own: KindState, at: int) -> list[IncidentEvent]:
    """The market-wide incident ends when fewer keys are open than half of the least that raise one."""
    if own.id is None or own.cleared_at is not None or len(own.open) >= LEAST_KEYS / 2:
        return []
    own.cleared_at = at
    key = _market_key(kind)
    return [cleared(key, "market", _UNFOLLOWED, id=own.id, at=at, raised_at=own.raised_at, severity=_SEVERITY)]


def _market_key(kind: KeyKind) -> MonitoredKey:
    """All keys of a kind at once."""
    return MonitoredKey("market", kind)
