"""What the market-wide rule holds."""

from __future__ import annotations

import msgspec

from services.detector.market.messages import KeyEvent, KeyOpened


class KindState(msgspec.Struct):
    """The open incidents of one kind of key, and the market-wide one."""

    open: dict[str, KeyOpened] = msgspec.field(default_factory=dict)
    """By key; the incident that opened last."""
    id: str | None = None
    raised_at: int = 0
    cleared_at: int | None = None
    revision: int = 0


class MarketState(msgspec.Struct):
    """All kinds; `waiting` has what is later than some partition has passed."""

    kinds: dict[str, KindState] = msgspec.field(default_factory=dict)
    passed: dict[int, int] = msgspec.field(default_factory=dict)
    """How far (ms) each partition has passed."""
    waiting: list[KeyEvent] = msgspec.field(default_factory=list)
    until: int = 0
    """All before it (ms) was applied; what comes again is known by that."""
