"""The market-wide rule: when many keys of a kind raise alerts at once it is one event, told once for all of them."""

from __future__ import annotations

import msgspec

from services.detector.context import Context
from services.detector.incident_events import Detection, IncidentEvent, cleared, raised
from services.domain.event_time import HOUR_MS, MINUTE_MS, format_iso
from services.domain.key import KeyKind, MonitoredKey
from services.domain.messages import Evidence, IncidentCleared, Message
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


class KeyOpened(Message, frozen=True, kw_only=True, tag="opened"):
    """A key raised an alert at `time` (ms); `keys` are followed of its kind. `evidence` is its best text."""

    key: str
    incident: str
    time: int
    keys: int
    p_value: float
    evidence: Evidence | None


class KeyClosed(Message, frozen=True, kw_only=True, tag="closed"):
    """An alert was cleared at `time` (ms)."""

    key: str
    incident: str
    time: int


class PartitionPassed(Message, frozen=True, kw_only=True, tag="passed"):
    """A partition has told all that happened before `time` (ms)."""

    partition: int
    time: int


class KindState(msgspec.Struct):
    """The open alerts of one kind of key, and the market-wide one."""

    open: dict[str, KeyOpened] = msgspec.field(default_factory=dict)
    """By key; the alert that opened last."""
    id: str | None = None
    raised_at: int = 0
    cleared_at: int | None = None
    revision: int = 0


class MarketState(msgspec.Struct):
    """What the rule keeps; `waiting` holds what is later than some partition has told."""

    kinds: dict[str, KindState] = msgspec.field(default_factory=dict)
    passed: dict[int, int] = msgspec.field(default_factory=dict)
    waiting: list[KeyOpened | KeyClosed] = msgspec.field(default_factory=list)
    until: int = 0
    """All before it (ms) was applied; what comes again is known by that."""


def market_event(message: IncidentEvent, keys: int) -> KeyOpened | KeyClosed | None:
    """What an alert of a key is to the rule: its raise or its end; None for what is neither."""
    key = f"{message.kind}:{message.entity}"
    if message.channel != "negative":
        return None
    if isinstance(message, IncidentCleared):
        return KeyClosed(key=key, incident=message.id, time=message.time)
    best = message.evidence[0] if message.evidence else None
    return KeyOpened(key=key, incident=message.id, time=message.time, keys=keys, p_value=message.p_value, evidence=best)


def take(state: MarketState, message: KeyOpened | KeyClosed | PartitionPassed, partitions: int) -> list[IncidentEvent]:
    """Take in one message; what all `partitions` have passed is applied in the order of event time."""
    if isinstance(message, PartitionPassed):
        state.passed[message.partition] = max(message.time, state.passed.get(message.partition, 0))
    elif message.time >= state.until and message not in state.waiting:
        state.waiting.append(message)
    if len(state.passed) < partitions:
        return []
    state.until = min(state.passed.values())
    due = sorted((m for m in state.waiting if m.time < state.until), key=order)
    state.waiting = [m for m in state.waiting if m.time >= state.until]
    return [told for each in due for told in apply(state, each)]


def order(event: KeyOpened | KeyClosed) -> tuple[int, bool, str]:
    """By event time; at the same time what closes comes first."""
    return event.time, isinstance(event, KeyOpened), event.key


def apply(state: MarketState, event: KeyOpened | KeyClosed) -> list[IncidentEvent]:
    """Apply one event, in the order of event time."""
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
    if own.id is not None and own.cleared_at is not None and event.time - own.cleared_at <= REOPEN_WITHIN_MS:
        own.revision += 1
    else:
        own.id, own.raised_at, own.revision = f"{_market_key(kind)}@{format_iso(event.time)}", event.time, 0
    own.cleared_at = None
    ranked = sorted(recent, key=lambda one: (one.p_value, one.key))
    detection = Detection(
        channel="market",
        score=float(len(recent)),
        p_value=ranked[0].p_value,
        threshold=max(SHARE * event.keys, float(LEAST_KEYS)),
        observed=float(len(recent)),
        expected=0.0,
        texts=float(event.keys),
        window_minutes=WITHIN_MS // MINUTE_MS,
        evidence=tuple(one.evidence for one in ranked if one.evidence is not None)[:MOST_EVIDENCE],
    )
    key = _market_key(kind)
    return [raised(key, detection, _UNFOLLOWED, id=own.id, at=event.time, severity=_SEVERITY, revision=own.revision)]


def _maybe_clear(kind: KeyKind, own: KindState, at: int) -> list[IncidentEvent]:
    """The market-wide alert ends when fewer keys are open than half of the least that raise one."""
    if own.id is None or own.cleared_at is not None or len(own.open) >= LEAST_KEYS / 2:
        return []
    own.cleared_at = at
    key = _market_key(kind)
    return [cleared(key, "market", _UNFOLLOWED, id=own.id, at=at, raised_at=own.raised_at, severity=_SEVERITY)]


def _market_key(kind: KeyKind) -> MonitoredKey:
    """All keys of a kind at once."""
    return MonitoredKey("market", kind)
