"""A row of the table: what is done to the stream, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tests.faults.world import World


class Outcome(msgspec.Struct, kw_only=True):
    """What came of a row; None where it has no such figure."""

    sent: int
    """Texts that Kafka, or ingest, has acknowledged."""
    lost: int
    """Of these, not where they belong."""
    copies: int = 0
    """Records beyond one a text on `opinions.scored`, and beyond one an event on `alerts`; raw records beyond one a
    text where only ingest runs.
    """
    left: int | None = None
    """Alerts that are left once copies are folded, and that the backtest does not have."""
    equal: tuple[int, int] | None = None
    """Alerts that are those of the backtest in every figure, of how many."""
    late: int | None = None
    """Texts that came too late for detection."""
    recovered: float | None = None
    """Seconds from the end of the fault until all was there."""
    notes: str = ""
    """What else was seen."""
    broken: list[str] = msgspec.field(default_factory=list)
    """Promises that do not hold; none in a control, which promises nothing."""

    def promise(self, holds: bool, what: str) -> None:
        """Note that `what` is so when it does not hold."""
        if not holds:
            self.broken.append(what)


class Skipped(Exception):
    """The row cannot be run here; says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `needs_own_broker`: it ends the broker. `limit_seconds`: after so long it has failed. `is_control`: what
    it shows is what happens without our care.
    """

    name: str
    does: str
    run: Callable[[World], Outcome]
    needs_own_broker: bool = False
    limit_seconds: float = 1_200.0
    is_control: bool = False
